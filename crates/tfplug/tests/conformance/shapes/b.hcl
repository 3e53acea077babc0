{
  flag     = false
  number   = 8
  natural  = 0
  fraction = -1e-7
  exact    = 1e60
  text     = "south"
  other    = "%{ for n in range(100) }x%{ endfor }"
  size     = "small"
  at       = "1999-12-31T23:59:59.5Z"
  open     = ["now", "a", "list"]
  list     = ["elm", "fir", "ash"]
}
