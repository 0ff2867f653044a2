-- Counts the changes of given_authorization, so that a node reads its rows again only when there was one. In a row and not
-- a sequence: it must become visible together with the change, or a node would remember old rows under the new number.
create table authorization_revision (revision bigint not null);
insert into authorization_revision values (0);

create function count_authorization_change() returns trigger language plpgsql as $$
begin
  update authorization_revision set revision = revision + 1;
  return null;
end $$;

create trigger authorization_changed after insert or update or delete on given_authorization
  for each statement execute function count_authorization_change();
