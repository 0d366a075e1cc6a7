-- For the benchmark of groups: occupants of the domain in quiet_crowd enter rooms without being told of each other, which
-- would grow with the square of their number. Whoever else enters is told of everybody, as always.
local crowd = module:get_option_string("quiet_crowd");
local nobody = { moderator = false, participant = false, visitor = false };

module:hook("muc-occupant-pre-join", function(event)
	local domain = event.stanza.attr.from:match("@([^/]+)");
	event.room._data.presence_broadcast = domain == crowd and nobody or nil;
end, 1000);
