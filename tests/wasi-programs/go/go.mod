module hardtack.test/files

go 1.22
