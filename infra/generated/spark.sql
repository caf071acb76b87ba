-- Generated from the declarations by `python -m stedi.cli.generated`; change those.
-- ${landing_bucket}, ${trusted_bucket} and ${curated_bucket} are the deployment's buckets.

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`customer_staged` (
  `customername` string COMMENT 'Name of the customer.',
  `email` string COMMENT 'E-mail of the customer, as it was sent.',
  `phone` string COMMENT 'Telephone number.',
  `birthday` string COMMENT 'Day of birth, as text, for many are implausible.',
  `serialnumber` string COMMENT 'Serial number of the customer\'s Step Trainer, a UUID in lower case.',
  `registrationdate` bigint COMMENT 'When the customer registered. Unit: ms.',
  `lastupdatedate` bigint COMMENT 'When the customer record last changed. Unit: ms.',
  `sharewithresearchasofdate` bigint COMMENT 'Since when the customer agrees to research use; null: does not. Unit: ms.',
  `sharewithpublicasofdate` bigint COMMENT 'Since when the customer shares with the public. Unit: ms.',
  `sharewithfriendsasofdate` bigint COMMENT 'Since when the customer shares with friends. Unit: ms.',
  `consent_fault` string COMMENT 'Why a consent time that is there cannot be read; null: it can, or is absent.',
  `effective_at` bigint COMMENT 'From when the record counts: its last update, or its landing if that is earlier. Unit: ms.',
  `participant` string COMMENT 'Normalised e-mail (trimmed, NFC, case folded, domain in Unicode) of whom it is about.',
  `_file_sha256` string COMMENT 'SHA-256 of the landed file\'s uncompressed content.',
  `_line` bigint COMMENT 'Physical line in that file, from 1.',
  `bucket` int COMMENT 'Hash of whose row it is, modulo the lake\'s number of buckets.'
)
USING iceberg
PARTITIONED BY (`bucket`)
LOCATION 's3://${landing_bucket}/tables/customer_staged'
COMMENT 'One row per accepted customer record; a full row that landed twice is one row.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.bucket' = 'full',
  'write.metadata.metrics.column.effective_at' = 'full'
);

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`accelerometer_staged` (
  `user` string COMMENT 'E-mail of the phone\'s owner, as it was sent.',
  `timestamp` bigint COMMENT 'When it was read, UTC. Unit: ms.',
  `x` double COMMENT 'Acceleration along the phone\'s x. Unit: m/s2.',
  `y` double COMMENT 'Acceleration along the phone\'s y. Unit: m/s2.',
  `z` double COMMENT 'Acceleration along the phone\'s z. Unit: m/s2.',
  `participant` string COMMENT 'Normalised e-mail (trimmed, NFC, case folded, domain in Unicode) of whom it is about.',
  `_file_sha256` string COMMENT 'SHA-256 of the landed file\'s uncompressed content.',
  `_line` bigint COMMENT 'Physical line in that file, from 1.',
  `_item` int COMMENT 'Place of the reading in the envelope that the line is, from 1; null: it is none.',
  `bucket` int COMMENT 'Hash of whose row it is, modulo the lake\'s number of buckets.'
)
USING iceberg
PARTITIONED BY (`bucket`)
LOCATION 's3://${landing_bucket}/tables/accelerometer_staged'
COMMENT 'One row per accepted phone reading; a full row that landed twice is one row.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.bucket' = 'full',
  'write.metadata.metrics.column.timestamp' = 'full'
);

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`step_trainer_staged` (
  `sensorreadingtime` bigint COMMENT 'When it was read, UTC. Unit: ms.',
  `serialnumber` string COMMENT 'Serial number of the Step Trainer, a UUID in lower case.',
  `distancefromobject` double COMMENT 'Distance from the sensor to the nearest object. Unit: mm.',
  `_file_sha256` string COMMENT 'SHA-256 of the landed file\'s uncompressed content.',
  `_line` bigint COMMENT 'Physical line in that file, from 1.',
  `_item` int COMMENT 'Place of the reading in the envelope that the line is, from 1; null: it is none.',
  `bucket` int COMMENT 'Hash of whose row it is, modulo the lake\'s number of buckets.'
)
USING iceberg
PARTITIONED BY (`bucket`)
LOCATION 's3://${landing_bucket}/tables/step_trainer_staged'
COMMENT 'One row per accepted Step Trainer reading; a full row that landed twice is one row.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.bucket' = 'full',
  'write.metadata.metrics.column.sensorreadingtime' = 'full'
);

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`quarantine` (
  `source` string COMMENT 'Folder it landed in.',
  `_file_sha256` string COMMENT 'SHA-256 of the landed file\'s uncompressed content.',
  `_line` bigint COMMENT 'Physical line in that file, from 1.',
  `_item` int COMMENT 'Place of the reading in the envelope that the line is, from 1; null: it is none.',
  `reason` string COMMENT 'Why it was refused.',
  `raw` binary COMMENT 'The line as it landed, without its newline, cut at 1 MiB; of a refused reading its bytes alone.',
  `envelope_of` string COMMENT 'Whose its envelope says the reading is; null: the bytes are a whole line.',
  `reader_version` string COMMENT 'Version of the reader that refused it.',
  `landed_at` bigint COMMENT 'When it was first seen, UTC. Unit: ms.'
)
USING iceberg
LOCATION 's3://${landing_bucket}/tables/quarantine'
COMMENT 'One row per refused line, or refused reading of an envelope, with the reason and the raw bytes.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.landed_at' = 'full'
);

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`landed_files` (
  `sequence` bigint COMMENT 'Counts verdicts, from 1.',
  `source` string COMMENT 'Folder it landed in.',
  `landing` string COMMENT 'The landing zone it was found in.',
  `path` string COMMENT 'Its path under the landing zone; a name may hold anything.',
  `file_sha256` string COMMENT 'SHA-256 of its unpacked content; keyed once all was erased; null: unread.',
  `verdict` string COMMENT 'read, quarantined, duplicate or refused.',
  `reason` string COMMENT 'Why it was not read.',
  `stored_bytes` bigint COMMENT 'Its size as stored. Unit: bytes.',
  `modified_ns` bigint COMMENT 'When it was last modified. Unit: ns.',
  `changed_ns` bigint COMMENT 'When its inode last changed. Unit: ns.',
  `inode` bigint COMMENT 'Its inode.',
  `lines` bigint COMMENT 'Physical lines; for a quarantined file they count as unknown.',
  `plain` bigint COMMENT 'Lines that are no envelope; null, of an earlier version: all lines.',
  `envelopes` bigint COMMENT 'Lines that are envelopes, empty ones too; null, of an earlier version: none.',
  `readings` bigint COMMENT 'What stands in the envelopes, of whatever kind; null: nothing.',
  `accepted` bigint COMMENT 'Plain lines and readings of envelopes that became a staged row.',
  `quarantined` bigint COMMENT 'Plain lines and readings of envelopes that were refused.',
  `duplicate` bigint COMMENT 'Plain lines and readings of envelopes whose full row was there already.',
  `blank` bigint COMMENT 'Blank lines, and nulls in envelopes.',
  `erased` bigint COMMENT 'Lines and readings of people who were erased: nothing of them is kept.',
  `rewritten_sha256` string COMMENT 'SHA-256 of the content once erased lines were emptied; null: never.',
  `notes` string COMMENT 'Counts by name of what was noticed and let through, as JSON.',
  `landed_at` bigint COMMENT 'When it was first seen, UTC. Unit: ms.',
  `batch` string COMMENT 'The batch whose data files hold its rows.',
  `replayed_at` bigint COMMENT 'When its lines refused as FUTURE were read again last, UTC; null: never. Unit: ms.',
  `replays` string COMMENT 'Batches that hold rows of lines read again, by blanks apart; null: none.'
)
USING iceberg
LOCATION 's3://${landing_bucket}/tables/landed_files'
COMMENT 'One row per file and verdict on it: its identity, and its lines by verdict.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.landed_at' = 'full'
);

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`requests` (
  `request` string COMMENT 'Names the request.',
  `kind` string COMMENT 'withdraw or erase.',
  `requested_at` bigint COMMENT 'When it was made, UTC: what was agreed or read until then is covered. Unit: ms.',
  `about` string COMMENT 'What the hash stands for: email, record, device, line; claim, claim_beside: a device that a record of an erased person named; seen, withdrew, unreadable, stale, scheduled: a record of theirs, and what it told.',
  `hash` string COMMENT 'Keyed hash of it, under the suppression key.',
  `covers_from` bigint COMMENT 'Of a device: its readings are covered from here on, UTC; of a claim: when it was made; of a record: from when it counts, or its consent; else null. Unit: ms.',
  `covers_until` bigint COMMENT 'Of a device: up to, not including, this time, UTC; null: to the request, others claimed it too. Of a claim: when they named another; null: never. Of a record: its own time, if ahead. Unit: ms.'
)
USING iceberg
LOCATION 's3://${landing_bucket}/tables/requests'
COMMENT 'One row per keyed hash by which a withdrawal or erasure knows its person, and what records of an erased person told that landed later.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.requested_at' = 'full'
);

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`consent` (
  `participant` string COMMENT 'Normalised e-mail (trimmed, NFC, case folded, domain in Unicode) of whom it is about.',
  `person` string COMMENT 'Whose row it is: one of the normalised e-mails of a person, the same for all of them.',
  `state` string COMMENT 'NEVER, SCHEDULED, GIVEN, WITHDRAWN, HOLD, UNREADABLE or ERASED.',
  `start_at` bigint COMMENT 'When consent starts, UTC; null unless GIVEN or SCHEDULED. Unit: ms.',
  `readings_from` bigint COMMENT 'From when readings pass, UTC; null unless GIVEN. Unit: ms.',
  `erased_at` bigint COMMENT 'Up to when all was erased, UTC; null where nothing was. Unit: ms.',
  `person_bucket` int COMMENT 'Hash of the person, modulo the lake\'s number of buckets: where trusted rows lie.',
  `bucket` int COMMENT 'Hash of whose row it is, modulo the lake\'s number of buckets.'
)
USING iceberg
PARTITIONED BY (`bucket`)
LOCATION 's3://${trusted_bucket}/tables/consent'
COMMENT 'One row per known e-mail: whose it is, and that person\'s state at the time of the run.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.bucket' = 'full',
  'write.metadata.metrics.column.start_at' = 'full'
);

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`devices` (
  `serialnumber` string COMMENT 'Serial number of the Step Trainer, a UUID in lower case.',
  `owned_from` bigint COMMENT 'First instant of the stretch, UTC; 0: from the beginning. Unit: ms.',
  `owned_until` bigint COMMENT 'First instant after the stretch, UTC; null: no end. Unit: ms.',
  `standing` string COMMENT 'owned, ambiguous, handover or erased; where no stretch is, nobody owns it.',
  `person` string COMMENT 'Whose it is; null unless owned.',
  `person_bucket` int COMMENT 'Hash of the person, modulo the lake\'s number of buckets: where trusted rows lie.',
  `bucket` int COMMENT 'Hash of the serial number, modulo the lake\'s number of buckets.'
)
USING iceberg
PARTITIONED BY (`bucket`)
LOCATION 's3://${trusted_bucket}/tables/devices'
COMMENT 'One row per stretch of time in which a Step Trainer stands in one way.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.bucket' = 'full',
  'write.metadata.metrics.column.owned_from' = 'full'
);

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`customer_trusted` (
  `customername` string COMMENT 'Name of the customer.',
  `email` string COMMENT 'E-mail of the customer, as it was sent.',
  `phone` string COMMENT 'Telephone number.',
  `birthday` string COMMENT 'Day of birth, as text, for many are implausible.',
  `serialnumber` string COMMENT 'Serial number of the customer\'s Step Trainer, a UUID in lower case.',
  `registrationdate` bigint COMMENT 'When the customer registered. Unit: ms.',
  `lastupdatedate` bigint COMMENT 'When the customer record last changed. Unit: ms.',
  `sharewithresearchasofdate` bigint COMMENT 'Since when the customer agrees to research use; null: does not. Unit: ms.',
  `sharewithpublicasofdate` bigint COMMENT 'Since when the customer shares with the public. Unit: ms.',
  `sharewithfriendsasofdate` bigint COMMENT 'Since when the customer shares with friends. Unit: ms.',
  `device_count` int COMMENT 'Step Trainers that are or were the customer\'s, alone.',
  `person` string COMMENT 'Whose row it is: one of the normalised e-mails of a person, the same for all of them.',
  `bucket` int COMMENT 'Hash of the person, modulo the lake\'s number of buckets.'
)
USING iceberg
PARTITIONED BY (`bucket`)
LOCATION 's3://${trusted_bucket}/tables/customer_trusted'
COMMENT 'One row per consenting customer, the newest record of each.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.bucket' = 'full',
  'write.metadata.metrics.column.lastupdatedate' = 'full'
);

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`accelerometer_trusted` (
  `user` string COMMENT 'E-mail of the phone\'s owner, as it was sent.',
  `timestamp` bigint COMMENT 'When it was read, UTC. Unit: ms.',
  `x` double COMMENT 'Acceleration along the phone\'s x. Unit: m/s2.',
  `y` double COMMENT 'Acceleration along the phone\'s y. Unit: m/s2.',
  `z` double COMMENT 'Acceleration along the phone\'s z. Unit: m/s2.',
  `person` string COMMENT 'Whose row it is: one of the normalised e-mails of a person, the same for all of them.',
  `bucket` int COMMENT 'Hash of the person, modulo the lake\'s number of buckets.'
)
USING iceberg
PARTITIONED BY (`bucket`)
LOCATION 's3://${trusted_bucket}/tables/accelerometer_trusted'
COMMENT 'One row per phone reading taken while its owner consented to research use.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.bucket' = 'full',
  'write.metadata.metrics.column.timestamp' = 'full'
);

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`phone_readings` (
  `person` string COMMENT 'Whose row it is: one of the normalised e-mails of a person, the same for all of them.',
  `reading_count` bigint COMMENT 'Consented phone readings of the customer.',
  `bucket` int COMMENT 'Hash of the person, modulo the lake\'s number of buckets.'
)
USING iceberg
PARTITIONED BY (`bucket`)
LOCATION 's3://${trusted_bucket}/tables/phone_readings'
COMMENT 'One row per person who has phone readings under consent.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.bucket' = 'full'
);

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`step_trainer_trusted` (
  `sensorreadingtime` bigint COMMENT 'When it was read, UTC. Unit: ms.',
  `serialnumber` string COMMENT 'Serial number of the Step Trainer, a UUID in lower case.',
  `distancefromobject` double COMMENT 'Distance from the sensor to the nearest object. Unit: mm.',
  `person` string COMMENT 'Whose row it is: one of the normalised e-mails of a person, the same for all of them.',
  `bucket` int COMMENT 'Hash of the person, modulo the lake\'s number of buckets.'
)
USING iceberg
PARTITIONED BY (`bucket`)
LOCATION 's3://${trusted_bucket}/tables/step_trainer_trusted'
COMMENT 'One row per Step Trainer reading under consent of a customer who has accelerometer data.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.bucket' = 'full',
  'write.metadata.metrics.column.sensorreadingtime' = 'full'
);

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`customers_curated` (
  `subject_key` string COMMENT 'Keyed pseudonym of the person.',
  `birth_decade` int COMMENT 'First year of the decade of birth; null when the birthday is implausible. Unit: a.',
  `device_count` int COMMENT 'Step Trainers that are or were the customer\'s, alone.',
  `reading_count` bigint COMMENT 'Consented phone readings of the customer.',
  `bucket` int COMMENT 'Hash of the subject key, modulo the lake\'s number of buckets.'
)
USING iceberg
PARTITIONED BY (`bucket`)
LOCATION 's3://${curated_bucket}/tables/customers_curated'
COMMENT 'One row per consenting customer who has accelerometer data.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.bucket' = 'full'
);

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`machine_learning_curated` (
  `subject_key` string COMMENT 'Keyed pseudonym of the person.',
  `session` string COMMENT 'Keyed pseudonym of the session: readings of one person with no gap over 30 s.',
  `elapsed_ms` bigint COMMENT 'Time since the session\'s first reading. Unit: ms.',
  `x` double COMMENT 'Acceleration along the phone\'s x. Unit: m/s2.',
  `y` double COMMENT 'Acceleration along the phone\'s y. Unit: m/s2.',
  `z` double COMMENT 'Acceleration along the phone\'s z. Unit: m/s2.',
  `distancefromobject` double COMMENT 'Distance that the nearest step reading measured; null when none is near. Unit: mm.',
  `distance_offset_ms` bigint COMMENT 'Time of that step reading minus the time of this one. Unit: ms.',
  `bucket` int COMMENT 'Hash of the subject key, modulo the lake\'s number of buckets.'
)
USING iceberg
PARTITIONED BY (`bucket`)
LOCATION 's3://${curated_bucket}/tables/machine_learning_curated'
COMMENT 'One row per accelerometer reading, beside the step reading of the same person at the same time.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.bucket' = 'full'
);

CREATE TABLE IF NOT EXISTS `glue_catalog`.`stedi`.`releases` (
  `number` bigint COMMENT 'Counts releases, from 1.',
  `run_id` string COMMENT 'The run that published it.',
  `as_of_ms` bigint COMMENT 'The time the run decided for, UTC. Unit: ms.',
  `published_at` bigint COMMENT 'When it was published, UTC. Unit: ms.',
  `version` string COMMENT 'Version of the package that built it.',
  `inputs` string COMMENT 'Fingerprint of all that the tables follow from.',
  `next_change_at` bigint COMMENT 'When time alone changes a state next, UTC; null: never. Unit: ms.',
  `snapshots` string COMMENT 'Snapshot id by table, as JSON.',
  `rows_by_table` string COMMENT 'Rows by table, as JSON.',
  `dispositions` string COMMENT 'Accepted rows by source and by what became of them, as JSON.'
)
USING iceberg
LOCATION 's3://${landing_bucket}/tables/releases'
COMMENT 'One row per published run, with the snapshot of every table.'
TBLPROPERTIES (
  'format-version' = '2',
  'write.delete.mode' = 'copy-on-write',
  'write.update.mode' = 'copy-on-write',
  'write.merge.mode' = 'copy-on-write',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '5',
  'write.parquet.compression-codec' = 'zstd',
  'write.metadata.metrics.default' = 'none',
  'write.metadata.metrics.column.published_at' = 'full'
);
