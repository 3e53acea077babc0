{
  flag     = true
  number   = 7
  natural  = 18446744073709551615
  fraction = 0.1
  exact    = 12345678901234567890123.456789
  text     = "north"
  other    = "née"
  size     = "large"
  at       = "2026-01-31T09:00:00+01:00"
  open     = { list = [1, "two", null], deep = { yes = true } }
  list     = ["oak", "elm"]
}
