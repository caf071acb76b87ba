-- Generated from the declarations by `python -m stedi.cli.generated`; change those.
-- ${landing_bucket}, ${trusted_bucket} and ${curated_bucket} are the deployment's buckets.

CREATE EXTERNAL TABLE IF NOT EXISTS `stedi`.`customer_landing` (
  `customername` string COMMENT 'Name of the customer.',
  `email` string COMMENT 'E-mail of the customer, as it was sent.',
  `phone` string COMMENT 'Telephone number.',
  `birthday` string COMMENT 'Day of birth, as text, for many are implausible.',
  `serialnumber` string COMMENT 'Serial number of the customer\'s Step Trainer, a UUID in lower case.',
  `registrationdate` bigint COMMENT 'When the customer registered. Unit: ms.',
  `lastupdatedate` bigint COMMENT 'When the customer record last changed. Unit: ms.',
  `sharewithresearchasofdate` bigint COMMENT 'Since when the customer agrees to research use; null: does not. Unit: ms.',
  `sharewithpublicasofdate` bigint COMMENT 'Since when the customer shares with the public. Unit: ms.',
  `sharewithfriendsasofdate` bigint COMMENT 'Since when the customer shares with friends. Unit: ms.'
)
COMMENT 'One row per line of the website\'s landed customer files.'
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES (
  'case.insensitive' = 'true',
  'ignore.malformed.json' = 'true'
)
STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://${landing_bucket}/customer/'
TBLPROPERTIES ('classification' = 'json');

CREATE EXTERNAL TABLE IF NOT EXISTS `stedi`.`accelerometer_landing` (
  `user` string COMMENT 'E-mail of the phone\'s owner, as it was sent.',
  `timestamp` bigint COMMENT 'When it was read, UTC. Unit: ms.',
  `x` double COMMENT 'Acceleration along the phone\'s x. Unit: m/s2.',
  `y` double COMMENT 'Acceleration along the phone\'s y. Unit: m/s2.',
  `z` double COMMENT 'Acceleration along the phone\'s z. Unit: m/s2.'
)
COMMENT 'One row per line of the phone app\'s landed files.'
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES (
  'case.insensitive' = 'true',
  'ignore.malformed.json' = 'true'
)
STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://${landing_bucket}/accelerometer/'
TBLPROPERTIES ('classification' = 'json');

CREATE EXTERNAL TABLE IF NOT EXISTS `stedi`.`step_trainer_landing` (
  `sensorreadingtime` bigint COMMENT 'When it was read, UTC. Unit: ms.',
  `serialnumber` string COMMENT 'Serial number of the Step Trainer, a UUID in lower case.',
  `distancefromobject` double COMMENT 'Distance from the sensor to the nearest object. Unit: mm.'
)
COMMENT 'One row per line of the Step Trainers\' landed files.'
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES (
  'case.insensitive' = 'true',
  'ignore.malformed.json' = 'true'
)
STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://${landing_bucket}/step_trainer/'
TBLPROPERTIES ('classification' = 'json');
