-- Task listeners of the installation: they work at every user task, beside those of its model. A few rows, kept in the
-- memory of every node; what a transition began with stands in its event.
create table task_listener (
  id text primary key,
  type text not null,
  retries integer not null,
  event_types jsonb not null,
  after_model boolean not null,
  priority integer not null,
  updated_at bigint not null,
  actor jsonb not null
);
