-- Variables of the installation and of its tenants; FEEL reads them as camunda.vars. A few hundred small rows, kept in
-- memory by every node. The empty tenant is the whole installation: null would not be unique.
create table cluster_variable (
  tenant_id text not null,
  name text not null,
  value text not null,
  updated_at bigint not null,
  actor jsonb not null,
  primary key (tenant_id, name)
);
