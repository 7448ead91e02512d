module program

go 1.19

require andon/host v0.0.0

replace andon/host => ./andon-host
