"""What every Glue job runs; the step is an argument, the rest is in the wheel."""

from stedi.aws.glue_job import main

main()
