module andon/host

go 1.19
