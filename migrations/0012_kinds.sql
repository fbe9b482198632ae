-- What is measured under a name: only requests, pages, openings and messages are requests of users.
ALTER TABLE endpoints ADD COLUMN kind TEXT NOT NULL DEFAULT 'request'
    CHECK (kind IN ('request', 'page', 'opening', 'message', 'timer'));

-- Of a time that an answer told there is neither a service time nor a lag, of a request there are both.
UPDATE endpoints SET kind = 'timer' WHERE EXISTS (
    SELECT 1 FROM samples JOIN histograms ON sample = id
    WHERE samples.run = endpoints.run AND samples.endpoint = endpoints.name
        AND successes > 0 AND service_time = lag
);

-- Messages on a socket that were there before the one that they would be the answer to.
ALTER TABLE samples ADD COLUMN unasked INTEGER NOT NULL DEFAULT 0 CHECK (unasked >= 0);
