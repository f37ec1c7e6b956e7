#ifndef STOX_XMPP_NS_H
#define STOX_XMPP_NS_H

/* Every namespace that we read or write, once. */
#define NS_COMPONENT "jabber:component:accept"
#define NS_CLIENT "jabber:client"
#define NS_SERVER "jabber:server"
#define NS_STREAM "http://etherx.jabber.org/streams"
#define NS_STREAM_ERRORS "urn:ietf:params:xml:ns:xmpp-streams"
#define NS_STANZA_ERRORS "urn:ietf:params:xml:ns:xmpp-stanzas"
#define NS_XML "http://www.w3.org/XML/1998/namespace"
#define NS_DISCO_INFO "http://jabber.org/protocol/disco#info"
#define NS_DISCO_ITEMS "http://jabber.org/protocol/disco#items"
#define NS_PING "urn:xmpp:ping"
#define NS_TIME "urn:xmpp:time"
#define NS_VERSION "jabber:iq:version"
#define NS_LAST "jabber:iq:last"
#define NS_DELAY "urn:xmpp:delay"
#define NS_CHATSTATES "http://jabber.org/protocol/chatstates"
#define NS_RECEIPTS "urn:xmpp:receipts"
#define NS_MARKERS "urn:xmpp:chat-markers:0"
#define NS_DATA_FORM "jabber:x:data"
#define NS_MUC_USER "http://jabber.org/protocol/muc#user"
#define NS_NICK "http://jabber.org/protocol/nick"
#define NS_IDLE "urn:xmpp:idle:1"
#define NS_XHTML_IM "http://jabber.org/protocol/xhtml-im"
#define NS_OOB "jabber:x:oob"
#define NS_CORRECT "urn:xmpp:message-correct:0"
#define NS_CAPS "http://jabber.org/protocol/caps"
#define NS_COMMANDS "http://jabber.org/protocol/commands"
#define FEATURE_JID_ESCAPING "jid\\20escaping"

#endif
