-- Rows of the landing, trusted and curated zone by source.
SELECT 'customer' AS source,
       (SELECT count(*) FROM customer_landing) AS landing,
       (SELECT count(*) FROM customer_trusted) AS trusted,
       (SELECT count(*) FROM customers_curated) AS curated
UNION ALL
SELECT 'accelerometer',
       (SELECT count(*) FROM accelerometer_landing),
       (SELECT count(*) FROM accelerometer_trusted),
       (SELECT count(*) FROM machine_learning_curated)
UNION ALL
SELECT 'step_trainer',
       (SELECT count(*) FROM step_trainer_landing),
       (SELECT count(*) FROM step_trainer_trusted),
       NULL
