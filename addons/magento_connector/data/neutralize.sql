-- A copy of the database must not speak to the shop.
UPDATE magento_backend
   SET credentials = NULL,
       webhook_secret = NULL,
       paused = true;
UPDATE magento_stream
   SET state = 'paused';
UPDATE magento_outbox
   SET state = 'canceled'
 WHERE state IN ('waiting', 'unclear', 'accepted');
