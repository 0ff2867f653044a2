-- Key figures are told per process (K12). The plane keeps the id itself: it reads no table of the engine.
alter table plane_record add column process_id text;
