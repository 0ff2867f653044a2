-- Groups, roles, tenants and mapping rules as things with a name, and who belongs to them. What accounts have of them
-- stands in the account; here stands what programs, groups, roles and mapping rules have.
create table directory_entry (
  kind text not null,
  id text not null,
  name text not null,
  description text,
  -- Of mapping rules: which claim of a token, with which value.
  claim_name text,
  claim_value text,
  created_at_ms bigint not null,
  primary key (kind, id)
);

-- Without a foreign key: the product's own roles and its first tenant have members and no row.
create table directory_member (
  kind text not null,
  id text not null,
  member_kind text not null,
  member_id text not null,
  primary key (kind, id, member_kind, member_id)
);
