resource "shapes_meaning" "it" {
  document  = "{ \"a\" : [ null , \"x\" ] , \"b\" : 15e-1 }"
  wait      = "1m30s"
  at        = "2026-01-31T08:00:00Z"
  address   = "2001:db8::1"
  network   = "2001:db8:0:0::/32"
  link      = "https://example.com:443/"
  key       = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
  documents = ["[1,2]", "{}"]
  waits     = { a = "1m" }
  steps     = [{ wait = "2m", document = "{\"t\":\"A\"}" }]
}
