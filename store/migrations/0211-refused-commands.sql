-- The audit log tells what was refused too, and why; equal refusals that came at once are one entry.
alter table operator_record add column result text not null default 'SUCCESS';
alter table operator_record add column reason text;
alter table operator_record add column times integer not null default 1;
