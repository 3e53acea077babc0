resource "shapes_meaning" "it" {
  document  = "{\"b\": 1.50, \"a\": [null, \"x\"]}"
  wait      = "90s"
  at        = "2026-01-31T09:00:00+01:00"
  address   = "2001:DB8:0::1"
  network   = "2001:DB8::/32"
  link      = "HTTPS://Example.com"
  key       = "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"
  documents = ["[1, 2]", "{ }"]
  waits     = { a = "60s" }
  steps     = [{ wait = "120s", document = "{\"t\":\"\\u0041\"}" }]
}
