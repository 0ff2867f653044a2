-- Models import others by namespace. What an import meant when it was deployed is kept (resource keys), so that a
-- later deployment of the imported namespace changes no version that is there already.
alter table decision_requirements add column namespace text not null default '';
alter table decision_requirements add column imports jsonb not null default '[]';
create index decision_requirements_namespace on decision_requirements (tenant_id, namespace, key desc);
