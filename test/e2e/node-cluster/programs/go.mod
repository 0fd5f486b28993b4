module node-cluster

go 1.26
