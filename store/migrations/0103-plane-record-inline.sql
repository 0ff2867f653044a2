-- Records are 2 to 4 kB: kept in the row and uncompressed. Compressing and moving each one to the TOAST table cost the
-- database more than writing it.
alter table plane_record alter column record set storage external;
alter table plane_record set (toast_tuple_target = 8160);
