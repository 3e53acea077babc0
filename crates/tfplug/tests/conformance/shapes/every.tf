# An object of every shape, each value out of `local.v`, so that all may be unknown in a plan.

resource "shapes_plain" "it" {
  name     = var.name
  flag     = local.v.flag
  small    = local.v.number
  whole    = -local.v.number
  natural  = local.v.natural
  rough    = local.v.fraction
  fine     = local.v.fraction
  exact    = local.v.exact
  open     = local.v.open
  size     = local.v.size
  count_of = local.v.number
  flags    = [local.v.flag, true]
  numbers  = [local.v.exact, local.v.fraction, local.v.number]
  texts    = [local.v.text, "always", local.v.other]
  primes   = [2, local.v.number, 3]
  labels   = { fixed = local.v.text, (local.v.number > 5 ? "more" : "less") = "key" }
  shares   = { half = local.v.fraction }
  grid     = [[1, local.v.number], [], [3]]
  groups   = { a = [local.v.text, "b"], b = [] }
  lines    = [[{ x = 1, y = local.v.number }, { x = local.v.number, y = null }], []]
  places   = { home = { door = { x = local.v.number, y = null } }, away = {} }
}

resource "shapes_deep" "it" {
  ground  = { soil = var.name }
  one     = local.branch
  many    = [local.branch, { label = "second", many = [] }]
  several = [{ text = local.v.text }, { text = "fixed", green = false, tags = ["t", local.v.other] }]
  named = {
    first  = local.branch
    second = { label = local.v.other, weight = local.v.number }
  }
  passing         = { text = local.v.text, readers = [local.v.other] }
  passing_version = local.v.number
  nest            = { content = local.v.open }
}

locals {
  branch = {
    label = local.v.text
    code  = local.v.text
    pin   = local.v.other
    one   = local.leaf
    many  = [local.leaf, { text = "x" }]
    several = [
      { text = local.v.other, veins = { only = { sap = local.v.text } } },
      { text = "y", tags = ["fixed"] },
    ]
    named = { l = local.leaf, m = { text = local.v.other } }
  }
  leaf = {
    text  = local.v.text
    green = local.v.flag
    tags  = [local.v.text, local.v.other]
    veins = { main = { length = local.v.number, sap = "red" }, side = {} }
  }
}

resource "shapes_blocks" "it" {
  door {
    code = local.v.text
    pin  = local.v.other
  }
  roof {
    material = local.v.text
    window { side = "east" }
  }
  floor {
    height = local.v.number
    rooms  = { hall = {}, bath = { area = local.v.number } }
    window { side = local.v.text }
    window {
      side  = "west"
      panes = local.v.number
    }
  }
  floor {}
  dynamic "tree" {
    for_each = toset(local.v.list)
    content {
      kind   = tree.value
      height = local.v.number
      bird { name = local.v.other }
      bird { name = "owl" }
    }
  }
  wing "north" {
    people = [local.v.text]
  }
  wing "south" {}
  chest { content = local.v.open }
  plot { number = length(var.name) }
  timeouts { create = "20s" }
}

resource "shapes_meaning" "it" {
  document  = jsonencode({ b = local.v.number, a = [local.v.text, null, 1.50] })
  wait      = "${local.v.number}m"
  at        = local.v.at
  address   = "2001:DB8::${local.v.number}"
  network   = "2001:DB8:${local.v.number}::/48"
  link      = "HTTPS://example.com/${local.v.text}"
  key       = "F81D4FAE-7DEC-11D0-A765-00000000000${local.v.number}"
  documents = ["{ \"n\" : ${local.v.number} }", "[ ]"]
  waits     = { a = "${local.v.number * 60}s", b = "90s" }
  steps     = [{ wait = "60s", document = "{ \"t\": \"${local.v.text}\" }" }, { wait = "${local.v.number}h" }]
}

resource "shapes_ruled" "it" {
  red            = local.v.text
  north          = local.v.text
  salt           = local.v.other
  user           = local.v.text
  password       = local.v.text
  name           = local.v.text
  capacity       = local.capacity
  secret         = local.v.text
  secret_version = local.v.number
  hidden         = { word = local.v.text }
  ways           = [{ key = local.v.text }, { bell = "ding" }]
}

resource "shapes_named" "it" {
  region = var.name
  number = 7
  real   = true
  zones  = ["a"]
  note   = local.v.text
}

data "shapes_mirror" "it" {
  open   = local.v.open
  points = [{ x = local.v.number }, { x = 2, y = 3 }]
}

output "mirror" {
  value = data.shapes_mirror.it
}
