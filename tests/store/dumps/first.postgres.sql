SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA dbos;
CREATE FUNCTION dbos.enqueue_workflow(workflow_name text, queue_name text, positional_args json[] DEFAULT ARRAY[]::json[], named_args json DEFAULT '{}'::json, class_name text DEFAULT NULL::text, config_name text DEFAULT NULL::text, workflow_id text DEFAULT NULL::text, app_version text DEFAULT NULL::text, timeout_ms bigint DEFAULT NULL::bigint, deadline_epoch_ms bigint DEFAULT NULL::bigint, deduplication_id text DEFAULT NULL::text, priority integer DEFAULT NULL::integer, queue_partition_key text DEFAULT NULL::text, authenticated_user text DEFAULT NULL::text, authenticated_roles text DEFAULT NULL::text, delay_until_epoch_ms bigint DEFAULT NULL::bigint, application_name text DEFAULT NULL::text) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_workflow_id TEXT;
    v_serialized_inputs TEXT;
    v_owner_xid TEXT;
    v_now BIGINT;
    v_recovery_attempts INT4 := 0;
    v_priority INT4;
    v_status TEXT;
BEGIN
    -- Validate required parameters
    IF workflow_name IS NULL OR workflow_name = '' THEN
        RAISE EXCEPTION 'Workflow name cannot be null or empty';
    END IF;
    IF queue_name IS NULL OR queue_name = '' THEN
        RAISE EXCEPTION 'Queue name cannot be null or empty';
    END IF;
    IF named_args IS NOT NULL AND jsonb_typeof(named_args::jsonb) != 'object' THEN
        RAISE EXCEPTION 'Named args must be a JSON object';
    END IF;
    IF workflow_id IS NOT NULL AND workflow_id = '' THEN
        RAISE EXCEPTION 'Workflow ID cannot be an empty string if provided.';
    END IF;
    IF delay_until_epoch_ms IS NOT NULL AND delay_until_epoch_ms < 0 THEN
        RAISE EXCEPTION 'delay_until_epoch_ms must be >= 0';
    END IF;
    v_workflow_id := COALESCE(workflow_id, gen_random_uuid()::TEXT);
    v_owner_xid := gen_random_uuid()::TEXT;
    v_priority := COALESCE(priority, 0);
    v_serialized_inputs := json_build_object(
        'positionalArgs', positional_args,
        'namedArgs', named_args
    )::TEXT;
    v_now := EXTRACT(epoch FROM now()) * 1000;
    v_status := CASE WHEN delay_until_epoch_ms IS NULL THEN 'ENQUEUED' ELSE 'DELAYED' END;
    INSERT INTO "dbos".workflow_status (
        workflow_uuid, status,
        name, class_name, config_name,
        queue_name, deduplication_id, priority, queue_partition_key,
        application_version,
        created_at, updated_at, recovery_attempts,
        workflow_timeout_ms, workflow_deadline_epoch_ms,
        parent_workflow_id, owner_xid, serialization,
        authenticated_user, authenticated_roles,
        delay_until_epoch_ms, application_name
    ) VALUES (
        v_workflow_id, v_status,
        workflow_name, class_name, config_name,
        queue_name, deduplication_id, v_priority, queue_partition_key,
        app_version,
        v_now, v_now, v_recovery_attempts,
        timeout_ms, deadline_epoch_ms,
        NULL, v_owner_xid, 'portable_json',
        authenticated_user, authenticated_roles,
        delay_until_epoch_ms, application_name
    )
    ON CONFLICT (workflow_uuid)
    DO UPDATE SET
        updated_at = EXCLUDED.updated_at;
    INSERT INTO "dbos".workflow_input (
        workflow_uuid, inputs, retention_timestamp
    ) VALUES (
        v_workflow_id, v_serialized_inputs, v_now
    )
    ON CONFLICT (workflow_uuid) DO NOTHING;
    RETURN v_workflow_id;
EXCEPTION
    WHEN unique_violation THEN
        RAISE EXCEPTION 'DBOS queue duplicated'
            USING DETAIL = format('Workflow %s with queue %s and deduplication ID %s already exists', v_workflow_id, queue_name, deduplication_id),
                ERRCODE = 'unique_violation';
END;
$$;
CREATE FUNCTION dbos.send_message(destination_id text, message json, topic text DEFAULT NULL::text, message_id text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_topic TEXT := COALESCE(topic, '__null__topic__');
    v_message_id TEXT := COALESCE(message_id, gen_random_uuid()::TEXT);
BEGIN
    INSERT INTO "dbos".notifications (
        destination_uuid, topic, message, message_uuid, serialization
    ) VALUES (
        destination_id, v_topic, message, v_message_id, 'portable_json'
    )
    ON CONFLICT (message_uuid) DO NOTHING;
EXCEPTION
    WHEN foreign_key_violation THEN
        RAISE EXCEPTION 'DBOS non-existent workflow'
            USING DETAIL = format('Destination workflow %s does not exist', destination_id),
                ERRCODE = 'foreign_key_violation';
END;
$$;
CREATE TABLE dbos.application_versions (
    version_id text NOT NULL,
    version_name text NOT NULL,
    version_timestamp bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL,
    created_at bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL,
    application_name text
);
CREATE TABLE dbos.dbos_migrations (
    version bigint NOT NULL
);
CREATE TABLE dbos.event_dispatch_kv (
    service_name text NOT NULL,
    workflow_fn_name text NOT NULL,
    key text NOT NULL,
    value text,
    update_seq numeric(38,0),
    update_time numeric(38,15)
);
CREATE TABLE dbos.notifications (
    message_uuid text DEFAULT gen_random_uuid() NOT NULL,
    destination_uuid text NOT NULL,
    topic text,
    message text NOT NULL,
    created_at_epoch_ms bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL,
    serialization text,
    consumed boolean DEFAULT false NOT NULL,
    consumed_by_function_id integer
);
CREATE TABLE dbos.operation_outputs (
    workflow_uuid text NOT NULL,
    function_id integer NOT NULL,
    function_name text DEFAULT ''::text NOT NULL,
    output text,
    error text,
    child_workflow_id text,
    started_at_epoch_ms bigint,
    completed_at_epoch_ms bigint,
    serialization text,
    application_name text,
    retention_timestamp bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL
);
CREATE TABLE dbos.queues (
    queue_id text DEFAULT (gen_random_uuid())::text NOT NULL,
    name text NOT NULL,
    concurrency integer,
    worker_concurrency integer,
    rate_limit_max integer,
    rate_limit_period_sec double precision,
    priority_enabled boolean DEFAULT false NOT NULL,
    partition_queue boolean DEFAULT false NOT NULL,
    polling_interval_sec double precision DEFAULT 1.0 NOT NULL,
    created_at bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL,
    updated_at bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL,
    application_name text,
    partition_concurrency integer,
    partition_worker_concurrency integer,
    partition_rate_limit_max integer,
    partition_rate_limit_period_sec double precision
);
CREATE TABLE dbos.streams (
    workflow_uuid text NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    "offset" integer NOT NULL,
    function_id integer DEFAULT 0 NOT NULL,
    serialization text
);
CREATE TABLE dbos.workflow_events (
    workflow_uuid text NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    serialization text
);
CREATE TABLE dbos.workflow_events_history (
    workflow_uuid text NOT NULL,
    function_id integer NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    serialization text
);
CREATE TABLE dbos.workflow_input (
    workflow_uuid text NOT NULL,
    inputs text,
    retention_timestamp bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL
);
CREATE TABLE dbos.workflow_output (
    workflow_uuid text NOT NULL,
    output text,
    error text,
    retention_timestamp bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL
);
CREATE TABLE dbos.workflow_schedules (
    schedule_id text NOT NULL,
    schedule_name text NOT NULL,
    workflow_name text NOT NULL,
    workflow_class_name text,
    schedule text NOT NULL,
    status text DEFAULT 'ACTIVE'::text NOT NULL,
    context text NOT NULL,
    last_fired_at text,
    automatic_backfill boolean DEFAULT false NOT NULL,
    cron_timezone text,
    queue_name text,
    application_name text
);
CREATE TABLE dbos.workflow_status (
    workflow_uuid text NOT NULL,
    status text,
    name text,
    authenticated_user text,
    assumed_role text,
    authenticated_roles text,
    request text,
    output text,
    error text,
    executor_id text,
    created_at bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL,
    updated_at bigint DEFAULT ((EXTRACT(epoch FROM now()) * 1000.0))::bigint NOT NULL,
    application_version text,
    application_id text,
    class_name character varying(255) DEFAULT NULL::character varying,
    config_name character varying(255) DEFAULT NULL::character varying,
    recovery_attempts bigint DEFAULT 0,
    queue_name text,
    workflow_timeout_ms bigint,
    workflow_deadline_epoch_ms bigint,
    inputs text,
    started_at_epoch_ms bigint,
    deduplication_id text,
    priority integer DEFAULT 0 NOT NULL,
    queue_partition_key text,
    forked_from text,
    owner_xid text,
    parent_workflow_id text,
    serialization text,
    delay_until_epoch_ms bigint,
    was_forked_from boolean DEFAULT false NOT NULL,
    rate_limited boolean DEFAULT false NOT NULL,
    completed_at bigint,
    attributes jsonb,
    schedule_name text,
    debounce_deadline_epoch_ms bigint,
    is_debounced boolean DEFAULT false NOT NULL,
    application_name text,
    creator_xid text
);
CREATE TABLE public.api_keys (
    key_id character varying(64) NOT NULL,
    name text NOT NULL,
    digest character varying(64) NOT NULL,
    hint character varying(16) NOT NULL,
    bootstrap boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone
);
CREATE TABLE public.schema_version (
    version integer NOT NULL
);
CREATE TABLE public.secrets (
    name character varying(64) NOT NULL,
    value character varying(128) NOT NULL
);
CREATE TABLE public.tasks (
    sequence bigint NOT NULL,
    task_id character varying(36) NOT NULL,
    key_id character varying(64) NOT NULL,
    status character varying(16) NOT NULL,
    prompt text NOT NULL,
    aspect_ratio character varying(32) NOT NULL,
    guidance_scale double precision NOT NULL,
    seed bigint NOT NULL,
    webhook_url text,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    step integer NOT NULL,
    num_inference_steps integer NOT NULL,
    attempts integer NOT NULL,
    last_failure text,
    cancel_requested boolean DEFAULT false NOT NULL,
    image_path text,
    image_width integer,
    image_height integer,
    model text,
    model_digest character varying(64),
    ignored_words json,
    error text,
    idempotency_key text,
    idempotency_body character varying(64)
);
CREATE SEQUENCE public.tasks_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.tasks_sequence_seq OWNED BY public.tasks.sequence;
ALTER TABLE ONLY public.tasks ALTER COLUMN sequence SET DEFAULT nextval('public.tasks_sequence_seq'::regclass);
INSERT INTO dbos.application_versions VALUES ('12451971-e951-445f-80be-0650c27be3a0', '1', 1795543032409, 1795543032409, 'seedbed');
INSERT INTO dbos.dbos_migrations VALUES (125);
INSERT INTO dbos.operation_outputs VALUES ('4978bb93-2d68-459d-a1cf-1e66291bdd41', 1, 'attempt', '{"image":{"path":"49/result_SEEDREAM_V4_4978bb93-2d68-459d-a1cf-1e66291bdd41_0.jpeg","size":{"width":64,"height":64},"model":"noop","model_digest":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","ignored_words":[]},"failure":null,"retry_after":null}', NULL, NULL, 1795543033994, 1795543034136, 'portable_json', 'seedbed', 1795543034141);
INSERT INTO dbos.operation_outputs VALUES ('msg_4978bb93-2d68-459d-a1cf-1e66291bdd41_in_progress.1', 1, 'attempt', '["superseded",null,null]', NULL, NULL, 1795543034275, 1795543034332, 'portable_json', 'seedbed', 1795543034347);
INSERT INTO dbos.operation_outputs VALUES ('msg_4978bb93-2d68-459d-a1cf-1e66291bdd41_completed.1', 1, 'precede', 'null', NULL, NULL, 1795543034276, 1795543034460, 'portable_json', 'seedbed', 1795543034468);
INSERT INTO dbos.operation_outputs VALUES ('msg_4978bb93-2d68-459d-a1cf-1e66291bdd41_completed.1', 2, 'attempt', '["failed: ClientConnectorDNSError: Cannot connect to host receiver.example:443 ssl:default [Name or service not known]",10.722242379663887,null]', NULL, NULL, 1795543034479, 1795543034513, 'portable_json', 'seedbed', 1795543034515);
INSERT INTO dbos.operation_outputs VALUES ('msg_4978bb93-2d68-459d-a1cf-1e66291bdd41_completed.1', 3, 'deliver', NULL, NULL, 'msg_4978bb93-2d68-459d-a1cf-1e66291bdd41_completed.2.prompt', 1795543034529, 1795543034538, NULL, 'seedbed', 1795543034532);
INSERT INTO dbos.operation_outputs VALUES ('53e9f074-b0e7-4869-8190-7cd440b7566b', 1, 'attempt', '{"image":null,"failure":"the prompt asked for a failure","retry_after":null}', NULL, NULL, 1795543034584, 1795543034594, 'portable_json', 'seedbed', 1795543034595);
INSERT INTO dbos.queues VALUES ('9470413e-ed03-467d-9552-3a69b5b485a0', 'generation', NULL, 16, NULL, NULL, true, false, 0.25, 1795543032583, 1795543032493, 'seedbed', NULL, NULL, NULL, NULL);
INSERT INTO dbos.queues VALUES ('c8c33464-0bad-465b-b1f6-e492453d625a', 'webhooks-prompt', NULL, 64, NULL, NULL, true, true, 0.25, 1795543032685, 1795543032684, 'seedbed', NULL, 4, NULL, NULL);
INSERT INTO dbos.queues VALUES ('53683d8a-ec90-4894-8175-8011dd72c702', 'webhooks-slow', NULL, 32, NULL, NULL, true, true, 0.25, 1795543032708, 1795543032707, 'seedbed', NULL, 8, NULL, NULL);
INSERT INTO dbos.queues VALUES ('3bb3d0ed-5ef1-4b7a-8764-a82b23fce118', 'webhooks', NULL, 64, NULL, NULL, true, true, 0.25, 1795543032747, 1795543032739, 'seedbed', NULL, 2, NULL, NULL);
INSERT INTO dbos.workflow_input VALUES ('4978bb93-2d68-459d-a1cf-1e66291bdd41', '{"namedArgs":{},"positionalArgs":["4978bb93-2d68-459d-a1cf-1e66291bdd41"]}', 1795543033356);
INSERT INTO dbos.workflow_input VALUES ('msg_4978bb93-2d68-459d-a1cf-1e66291bdd41_in_progress.1', '{"namedArgs":{},"positionalArgs":["4978bb93-2d68-459d-a1cf-1e66291bdd41","IN_PROGRESS","https://receiver.example",1,"unproven"]}', 1795543034038);
INSERT INTO dbos.workflow_input VALUES ('msg_4978bb93-2d68-459d-a1cf-1e66291bdd41_completed.1', '{"namedArgs":{},"positionalArgs":["4978bb93-2d68-459d-a1cf-1e66291bdd41","COMPLETED","https://receiver.example",1,"unproven"]}', 1795543034171);
INSERT INTO dbos.workflow_input VALUES ('53e9f074-b0e7-4869-8190-7cd440b7566b', '{"namedArgs":{},"positionalArgs":["53e9f074-b0e7-4869-8190-7cd440b7566b"]}', 1795543034322);
INSERT INTO dbos.workflow_input VALUES ('msg_4978bb93-2d68-459d-a1cf-1e66291bdd41_completed.2.prompt', '{"namedArgs":{},"positionalArgs":["4978bb93-2d68-459d-a1cf-1e66291bdd41","COMPLETED","https://receiver.example",2,"prompt"]}', 1795543034532);
INSERT INTO dbos.workflow_input VALUES ('0de49c9d-23ed-409d-90dc-d38ba93faa76', '{"namedArgs":{},"positionalArgs":["0de49c9d-23ed-409d-90dc-d38ba93faa76"]}', 1795543034665);
INSERT INTO dbos.workflow_input VALUES ('474cbf51-c178-4ac5-afb2-4cd9d9a64d6d', '{"namedArgs":{},"positionalArgs":["474cbf51-c178-4ac5-afb2-4cd9d9a64d6d"]}', 1795543034942);
INSERT INTO dbos.workflow_output VALUES ('4978bb93-2d68-459d-a1cf-1e66291bdd41', 'null', NULL, 1795543034233);
INSERT INTO dbos.workflow_output VALUES ('msg_4978bb93-2d68-459d-a1cf-1e66291bdd41_in_progress.1', '"superseded"', NULL, 1795543034377);
INSERT INTO dbos.workflow_output VALUES ('msg_4978bb93-2d68-459d-a1cf-1e66291bdd41_completed.1', '"failed: ClientConnectorDNSError: Cannot connect to host receiver.example:443 ssl:default [Name or service not known]"', NULL, 1795543034542);
INSERT INTO dbos.workflow_output VALUES ('53e9f074-b0e7-4869-8190-7cd440b7566b', 'null', NULL, 1795543034623);
INSERT INTO dbos.workflow_status VALUES ('4978bb93-2d68-459d-a1cf-1e66291bdd41', 'SUCCESS', 'generate', NULL, NULL, NULL, NULL, NULL, NULL, 'server', 1795543033356, 1795543034233, '1', NULL, NULL, NULL, 1, 'generation', NULL, NULL, NULL, 1795543033913, NULL, 0, NULL, NULL, NULL, NULL, 'portable_json', NULL, false, false, 1795543034233, 'null', NULL, NULL, false, 'seedbed', 'f669ce38-325b-42b2-8ced-20c459d15b22');
INSERT INTO dbos.workflow_status VALUES ('msg_4978bb93-2d68-459d-a1cf-1e66291bdd41_in_progress.1', 'SUCCESS', 'deliver', NULL, NULL, NULL, NULL, NULL, NULL, 'server', 1795543034038, 1795543034377, '1', NULL, NULL, NULL, 1, 'webhooks', NULL, NULL, NULL, 1795543034250, NULL, 0, 'https://receiver.example', NULL, NULL, NULL, 'portable_json', NULL, false, false, 1795543034377, 'null', NULL, NULL, false, 'seedbed', '953245dd-750c-4f56-8af6-889aabc93c36');
INSERT INTO dbos.workflow_status VALUES ('msg_4978bb93-2d68-459d-a1cf-1e66291bdd41_completed.2.prompt', 'DELAYED', 'deliver', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795543034532, 1795543034532, NULL, '', NULL, NULL, 0, 'webhooks-prompt', NULL, NULL, NULL, NULL, NULL, 0, 'https://receiver.example', NULL, NULL, 'msg_4978bb93-2d68-459d-a1cf-1e66291bdd41_completed.1', 'portable_json', 1795543045252, false, false, NULL, 'null', NULL, NULL, false, 'seedbed', '41fd5611-f22d-42e4-b7a3-02f08590dc44');
INSERT INTO dbos.workflow_status VALUES ('msg_4978bb93-2d68-459d-a1cf-1e66291bdd41_completed.1', 'SUCCESS', 'deliver', NULL, NULL, NULL, NULL, NULL, NULL, 'server', 1795543034171, 1795543034542, '1', NULL, NULL, NULL, 1, 'webhooks', NULL, NULL, NULL, 1795543034250, NULL, 0, 'https://receiver.example', NULL, NULL, NULL, 'portable_json', NULL, false, false, 1795543034542, 'null', NULL, NULL, false, 'seedbed', '9cea1c6e-9b5c-4370-a114-d3f92f2ad71b');
INSERT INTO dbos.workflow_status VALUES ('53e9f074-b0e7-4869-8190-7cd440b7566b', 'SUCCESS', 'generate', NULL, NULL, NULL, NULL, NULL, NULL, 'server', 1795543034322, 1795543034623, '1', NULL, NULL, NULL, 1, 'generation', NULL, NULL, NULL, 1795543034567, NULL, 0, NULL, NULL, NULL, NULL, 'portable_json', NULL, false, false, 1795543034623, 'null', NULL, NULL, false, 'seedbed', 'c6edc6a9-49cf-47da-8ffa-fb73494d895e');
INSERT INTO dbos.workflow_status VALUES ('0de49c9d-23ed-409d-90dc-d38ba93faa76', 'PENDING', 'generate', NULL, NULL, NULL, NULL, NULL, NULL, 'server', 1795543034665, 1795543034844, '1', NULL, NULL, NULL, 1, 'generation', NULL, NULL, NULL, 1795543034844, NULL, 0, NULL, NULL, 'f5d6ef22-682c-47bb-9385-8083c2c9bd60', NULL, 'portable_json', NULL, false, false, NULL, 'null', NULL, NULL, false, 'seedbed', 'e9bc7ee2-6291-406a-984a-0f63ade06ba4');
INSERT INTO dbos.workflow_status VALUES ('474cbf51-c178-4ac5-afb2-4cd9d9a64d6d', 'ENQUEUED', 'generate', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795543034942, 1795543034942, '1', NULL, NULL, NULL, 0, 'generation', NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, 'portable_json', NULL, false, false, NULL, 'null', NULL, NULL, false, 'seedbed', '8ddac32d-d736-44f6-9b00-0a580f845fb2');
INSERT INTO public.api_keys VALUES ('key_8b97e225d8fe5f38', 'from SEEDBED_API_KEYS', '8b97e225d8fe5f3858ff382aaaa638c9dff06f89d30e2b3694a9901e89f6a3a1', 'the-test', true, '2026-11-24 17:57:11.107266+00', NULL);
INSERT INTO public.schema_version VALUES (1);
INSERT INTO public.secrets VALUES ('links', 'e25fed22d336375eb147a1a1ba43823e51f66fbb54d6cc06177c29695b835c48');
INSERT INTO public.secrets VALUES ('webhook', '2da3a5934d3f9239c1782f13fd4541d8f4e3f69b714e8b3d772002bf0d62bad5');
INSERT INTO public.tasks VALUES (1, '4978bb93-2d68-459d-a1cf-1e66291bdd41', 'key_8b97e225d8fe5f38', 'COMPLETED', 'drawn by the first version', 'square_1_1', 2.5, 1, 'https://receiver.example/hook', '2026-11-24 17:57:13.352789+00', '2026-11-24 17:57:14.044686+00', '2026-11-24 17:57:14.171366+00', 4, 4, 1, NULL, false, '49/result_SEEDREAM_V4_4978bb93-2d68-459d-a1cf-1e66291bdd41_0.jpeg', 64, 64, 'noop', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', '[]', NULL, NULL, NULL);
INSERT INTO public.tasks VALUES (2, '53e9f074-b0e7-4869-8190-7cd440b7566b', 'key_8b97e225d8fe5f38', 'FAILED', 'fail now', 'square_1_1', 2.5, 2, NULL, '2026-11-24 17:57:14.311539+00', '2026-11-24 17:57:14.591549+00', '2026-11-24 17:57:14.610354+00', 0, 0, 1, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, 'the prompt asked for a failure', NULL, NULL);
INSERT INTO public.tasks VALUES (3, '0de49c9d-23ed-409d-90dc-d38ba93faa76', 'key_8b97e225d8fe5f38', 'IN_PROGRESS', 'slow 1', 'square_1_1', 2.5, 3, NULL, '2026-11-24 17:57:14.66463+00', '2026-11-24 17:57:14.910595+00', NULL, 0, 0, 1, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.tasks VALUES (4, '474cbf51-c178-4ac5-afb2-4cd9d9a64d6d', 'key_8b97e225d8fe5f38', 'CREATED', 'waiting for the next version', 'widescreen_16_9', 2.5, 4, NULL, '2026-11-24 17:57:14.94137+00', NULL, NULL, 0, 0, 0, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT pg_catalog.setval('public.tasks_sequence_seq', 4, true);
ALTER TABLE ONLY dbos.application_versions
    ADD CONSTRAINT application_versions_pkey PRIMARY KEY (version_id);
ALTER TABLE ONLY dbos.application_versions
    ADD CONSTRAINT application_versions_version_name_key UNIQUE (version_name);
ALTER TABLE ONLY dbos.dbos_migrations
    ADD CONSTRAINT dbos_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY dbos.event_dispatch_kv
    ADD CONSTRAINT event_dispatch_kv_pkey PRIMARY KEY (service_name, workflow_fn_name, key);
ALTER TABLE ONLY dbos.notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (message_uuid);
ALTER TABLE ONLY dbos.operation_outputs
    ADD CONSTRAINT operation_outputs_pkey PRIMARY KEY (workflow_uuid, function_id);
ALTER TABLE ONLY dbos.queues
    ADD CONSTRAINT queues_name_key UNIQUE (name);
ALTER TABLE ONLY dbos.queues
    ADD CONSTRAINT queues_pkey PRIMARY KEY (queue_id);
ALTER TABLE ONLY dbos.streams
    ADD CONSTRAINT streams_pkey PRIMARY KEY (workflow_uuid, key, "offset");
ALTER TABLE ONLY dbos.workflow_events_history
    ADD CONSTRAINT workflow_events_history_pkey PRIMARY KEY (workflow_uuid, function_id, key);
ALTER TABLE ONLY dbos.workflow_events
    ADD CONSTRAINT workflow_events_pkey PRIMARY KEY (workflow_uuid, key);
ALTER TABLE ONLY dbos.workflow_input
    ADD CONSTRAINT workflow_input_pkey PRIMARY KEY (workflow_uuid);
ALTER TABLE ONLY dbos.workflow_output
    ADD CONSTRAINT workflow_output_pkey PRIMARY KEY (workflow_uuid);
ALTER TABLE ONLY dbos.workflow_schedules
    ADD CONSTRAINT workflow_schedules_pkey PRIMARY KEY (schedule_id);
ALTER TABLE ONLY dbos.workflow_schedules
    ADD CONSTRAINT workflow_schedules_schedule_name_key UNIQUE (schedule_name);
ALTER TABLE ONLY dbos.workflow_status
    ADD CONSTRAINT workflow_status_pkey PRIMARY KEY (workflow_uuid);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (key_id);
ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT secrets_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_key_id_idempotency_key_key UNIQUE (key_id, idempotency_key);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_task_id_key UNIQUE (task_id);
CREATE INDEX idx_application_versions_owner_timestamp ON dbos.application_versions USING btree (application_name, version_timestamp DESC);
CREATE INDEX idx_application_versions_timestamp ON dbos.application_versions USING btree (version_timestamp DESC);
CREATE INDEX idx_operation_outputs_completed_at_function_name_v2 ON dbos.operation_outputs USING btree (completed_at_epoch_ms, function_name) INCLUDE (application_name);
CREATE INDEX idx_operation_outputs_retention ON dbos.operation_outputs USING btree (retention_timestamp);
CREATE INDEX idx_workflow_input_retention ON dbos.workflow_input USING btree (retention_timestamp);
CREATE INDEX idx_workflow_output_retention ON dbos.workflow_output USING btree (retention_timestamp);
CREATE INDEX idx_workflow_status_attributes ON dbos.workflow_status USING gin (attributes) WHERE (attributes IS NOT NULL);
CREATE INDEX idx_workflow_status_completed_at ON dbos.workflow_status USING btree (completed_at) WHERE (completed_at IS NOT NULL);
CREATE INDEX idx_workflow_status_deadline ON dbos.workflow_status USING btree (workflow_deadline_epoch_ms) WHERE ((status = ANY (ARRAY['ENQUEUED'::text, 'PENDING'::text, 'DELAYED'::text])) AND (workflow_deadline_epoch_ms IS NOT NULL));
CREATE INDEX idx_workflow_status_delayed ON dbos.workflow_status USING btree (delay_until_epoch_ms) WHERE (status = 'DELAYED'::text);
CREATE INDEX idx_workflow_status_failed ON dbos.workflow_status USING btree (status, created_at) WHERE (status = ANY (ARRAY['ERROR'::text, 'CANCELLED'::text, 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'::text]));
CREATE INDEX idx_workflow_status_forked_from ON dbos.workflow_status USING btree (forked_from) WHERE (forked_from IS NOT NULL);
CREATE INDEX idx_workflow_status_in_flight_v2 ON dbos.workflow_status USING btree (queue_name, status, priority, created_at) INCLUDE (application_name) WHERE (status = ANY (ARRAY['ENQUEUED'::text, 'PENDING'::text]));
CREATE INDEX idx_workflow_status_parent_workflow_id ON dbos.workflow_status USING btree (parent_workflow_id) WHERE (parent_workflow_id IS NOT NULL);
CREATE INDEX idx_workflow_status_partition_dequeue_v3 ON dbos.workflow_status USING btree (queue_name, status, queue_partition_key, priority, created_at, workflow_uuid) INCLUDE (application_name) WHERE ((status = ANY (ARRAY['ENQUEUED'::text, 'PENDING'::text])) AND (queue_partition_key IS NOT NULL));
CREATE INDEX idx_workflow_status_pending ON dbos.workflow_status USING btree (created_at) WHERE (status = 'PENDING'::text);
CREATE INDEX idx_workflow_status_rate_limited ON dbos.workflow_status USING btree (queue_name, started_at_epoch_ms) WHERE (rate_limited = true);
CREATE INDEX idx_workflow_status_schedule_name ON dbos.workflow_status USING btree (schedule_name) WHERE (schedule_name IS NOT NULL);
CREATE INDEX idx_workflow_status_started_at ON dbos.workflow_status USING btree (started_at_epoch_ms) WHERE (started_at_epoch_ms IS NOT NULL);
CREATE INDEX idx_workflow_topic ON dbos.notifications USING btree (destination_uuid, topic);
CREATE UNIQUE INDEX uq_application_versions_owner_version ON dbos.application_versions USING btree (application_name, version_name) WHERE (application_name IS NOT NULL);
CREATE UNIQUE INDEX uq_application_versions_unclaimed_version ON dbos.application_versions USING btree (version_name) WHERE (application_name IS NULL);
CREATE UNIQUE INDEX uq_workflow_status_dedup_id ON dbos.workflow_status USING btree (queue_name, deduplication_id) WHERE (deduplication_id IS NOT NULL);
CREATE INDEX workflow_status_created_at_index ON dbos.workflow_status USING btree (created_at);
CREATE INDEX tasks_by_key ON public.tasks USING btree (key_id, sequence);
CREATE INDEX tasks_by_status ON public.tasks USING btree (status, sequence);
ALTER TABLE ONLY dbos.notifications
    ADD CONSTRAINT notifications_destination_uuid_fkey FOREIGN KEY (destination_uuid) REFERENCES dbos.workflow_status(workflow_uuid) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY dbos.streams
    ADD CONSTRAINT streams_workflow_uuid_fkey FOREIGN KEY (workflow_uuid) REFERENCES dbos.workflow_status(workflow_uuid) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY dbos.workflow_events_history
    ADD CONSTRAINT workflow_events_history_workflow_uuid_fkey FOREIGN KEY (workflow_uuid) REFERENCES dbos.workflow_status(workflow_uuid) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY dbos.workflow_events
    ADD CONSTRAINT workflow_events_workflow_uuid_fkey FOREIGN KEY (workflow_uuid) REFERENCES dbos.workflow_status(workflow_uuid) ON UPDATE CASCADE ON DELETE CASCADE;
