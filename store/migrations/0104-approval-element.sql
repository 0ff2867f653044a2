-- A terminated activity abandons its approval: found by its element instance.
create index approval_element on approval (element_instance_key) where state = 'pending';
