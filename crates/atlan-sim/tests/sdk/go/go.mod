module lifecycle

go 1.23

require github.com/atlanhq/atlan-go v0.1.0
