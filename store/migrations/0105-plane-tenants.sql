-- Approvals belong to the tenant of their decision; null: of an application that knows no tenants.
alter table approval add column tenant_id text;
create index approval_tenant on approval (tenant_id, created_at_ms);
create index plane_record_tenant on plane_record (tenant_id, at_ms) where kind = 'decision';
