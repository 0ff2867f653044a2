-- Row-level security applies to whom a view is read for, not to who made it (store/tenant-wall.ts).
alter view all_element_instance set (security_invoker = true);
-- A batch operation is of one tenant: that of everything its filter has found.
alter table batch_operation add column tenant_id text not null default '<default>';
update batch_operation set tenant_id = tenant_ids ->> 0 where jsonb_array_length(tenant_ids) = 1;
