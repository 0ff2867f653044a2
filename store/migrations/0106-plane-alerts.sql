-- Alerts are told to others (web hooks) from the table, by whichever node looks first: a crash delays one and loses none.
alter table plane_alert add column tenant_id text;
-- Null: still to be told (raised, or resolved since).
alter table plane_alert add column told_at_ms bigint;
alter table plane_alert add column tell_at_ms bigint not null default 0;
alter table plane_alert add column tell_attempts integer not null default 0;
update plane_alert set told_at_ms = at_ms;
create index plane_alert_untold on plane_alert (tell_at_ms) where told_at_ms is null;
create index plane_alert_open on plane_alert (rule, at_ms) where resolved_at_ms is null;
