-- What an owner (a person, a program, a role, a group, a mapping rule) may do with single resources, or with all of a
-- kind ('*'). Which permissions belong to which kind is the edge's vocabulary; here they are words.
create table given_authorization (
  authorization_key bigint generated always as identity primary key,
  owner_type text not null,
  owner_id text not null,
  resource_type text not null,
  -- One of the two: an id ('*': all of them), or a property of user tasks that names the owner.
  resource_id text,
  resource_property_name text,
  permission_types text[] not null,
  created_at_ms bigint not null,
  check ((resource_id is null) <> (resource_property_name is null))
);

-- For the deletion of an owner. Sign-in reads all rows at once.
create index given_authorization_owner on given_authorization (owner_type, owner_id);
