-- Prosody 0.12: put this into /etc/prosody/prosody.cfg.lua, or as a file into
-- /etc/prosody/conf.d, and restart Prosody. The name and the secret are those
-- of the component in stox.yml; "server" there is a VirtualHost of here.

-- In the global section, above all VirtualHosts. These are the defaults: the
-- port for components on loopback. Name another interface only for a gateway
-- on another machine, and guard the way there: the link is not encrypted.
--component_ports = { 5347 }
--component_interfaces = { "127.0.0.1", "::1" }

Component "sip.example.com"
	component_secret = "change-me"
	-- One stanza of ours is 256 KiB at most (limits.stanza_max_bytes), below
	-- Prosody's own limit of 512 KiB. Leave validate_from_addresses on.

	-- Help with rosters (XEP-0356), of Debian's package prosody-modules:
	--modules_enabled = { "privilege" }

-- ... and for it "privilege" in modules_enabled of the global section, and in
-- the section of the VirtualHost whose users are served:
--	privileged_entities = { ["sip.example.com"] = { roster = "both" } }
