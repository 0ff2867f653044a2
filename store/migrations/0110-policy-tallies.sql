-- What the watch over new versions counts, of all nodes together: each node writes its own sums, whoever looks adds them.
-- A row is written at most once in five seconds; not one per decision, and not read out of plane_record, which files a
-- decision under one of its policies only.
create table policy_tally (
  policy_id text not null,
  epoch bigint not null,
  version integer not null,
  node text not null,
  total bigint not null,
  errors bigint not null,
  denied bigint not null,
  approvals bigint not null,
  -- Decisions that took longer than the version's manifest allows.
  slow bigint not null,
  primary key (policy_id, epoch, version, node)
);

-- Each look at a canary spends its share of the significance level, whichever node looks.
create table policy_look (
  policy_id text not null,
  epoch bigint not null,
  looks integer not null,
  seen_total bigint not null,
  primary key (policy_id, epoch)
);

-- One open alert per rule and policy version; which facts have drifted changes, so each finding of that kind is told.
update plane_alert a set resolved_at_ms = at_ms
where resolved_at_ms is null and policy_id is not null and rule <> 'FACT_DRIFT'
  and exists (select 1 from plane_alert b where b.rule = a.rule and b.policy_id = a.policy_id and b.policy_version is not distinct from a.policy_version
    and b.resolved_at_ms is null and b.alert_id > a.alert_id);
create unique index plane_alert_one_open on plane_alert (rule, policy_id, policy_version)
  where resolved_at_ms is null and rule <> 'FACT_DRIFT';
