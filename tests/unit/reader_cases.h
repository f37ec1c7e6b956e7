#ifndef STOX_TESTS_READER_CASES_H
#define STOX_TESTS_READER_CASES_H
#include "sip/reader.h"

/* What each message of RFC 4475 and RFC 5118 is for us. */
static const struct {
	const char *file;
	enum reading_kind kind;
	int status;
} torture[] = {
	/* RFC 4475 §3.1.1: valid */
	{ "rfc4475/wsinv", READING_REQUEST, 0 },
	{ "rfc4475/intmeth", READING_REQUEST, 0 }, /* agent: 405 */
	{ "rfc4475/esc01", READING_REQUEST, 0 },
	{ "rfc4475/escnull", READING_REQUEST, 0 },
	{ "rfc4475/esc02", READING_REQUEST, 0 }, /* agent: 405 */
	{ "rfc4475/lwsdisp", READING_REQUEST, 0 },
	{ "rfc4475/longreq", READING_REQUEST, 0 },
	{ "rfc4475/dblreq", READING_REQUEST, 0 },
	{ "rfc4475/semiuri", READING_REQUEST, 0 },
	{ "rfc4475/transports", READING_REQUEST, 0 },
	{ "rfc4475/mpart01", READING_REQUEST, 0 },
	{ "rfc4475/unreason", READING_RESPONSE, 0 },
	{ "rfc4475/noreason", READING_RESPONSE, 0 },
	/* §3.1.2: invalid */
	{ "rfc4475/badinv01", READING_BAD_REQUEST, 400 },
	{ "rfc4475/clerr", READING_BAD_REQUEST, 400 },
	{ "rfc4475/ncl", READING_BAD_REQUEST, 400 },
	{ "rfc4475/scalar02", READING_BAD_REQUEST, 400 },
	{ "rfc4475/scalarlg", READING_DROP, 0 },
	{ "rfc4475/quotbal", READING_BAD_REQUEST, 400 },
	{ "rfc4475/ltgtruri", READING_BAD_REQUEST, 400 },
	{ "rfc4475/lwsruri", READING_BAD_REQUEST, 400 },
	{ "rfc4475/lwsstart", READING_REQUEST, 0 }, /* may be taken */
	{ "rfc4475/trws", READING_REQUEST, 0 },	    /* may be taken */
	{ "rfc4475/escruri", READING_BAD_REQUEST, 400 },
	{ "rfc4475/baddate", READING_REQUEST, 0 }, /* Date ignored */
	{ "rfc4475/regbadct", READING_BAD_REQUEST, 400 },
	{ "rfc4475/badaspec", READING_BAD_REQUEST, 400 },
	{ "rfc4475/baddn", READING_BAD_REQUEST, 400 },
	{ "rfc4475/badvers", READING_BAD_REQUEST, 505 },
	{ "rfc4475/mismatch01", READING_BAD_REQUEST, 400 },
	{ "rfc4475/mismatch02", READING_BAD_REQUEST, 400 }, /* or 501 */
	{ "rfc4475/bigcode", READING_DROP, 0 },
	/* §3.2, §3.3, §3.4 */
	{ "rfc4475/badbranch", READING_REQUEST, 0 }, /* as of RFC 2543 */
	{ "rfc4475/insuf", READING_BAD_REQUEST, 400 },
	{ "rfc4475/unkscm", READING_REQUEST, 0 },  /* agent: 416 */
	{ "rfc4475/novelsc", READING_REQUEST, 0 }, /* agent: 416 */
	{ "rfc4475/unksm2", READING_REQUEST, 0 },
	{ "rfc4475/bext01", READING_REQUEST, 0 }, /* agent: 420 */
	{ "rfc4475/invut", READING_REQUEST, 0 },
	{ "rfc4475/regaut01", READING_REQUEST, 0 },
	{ "rfc4475/multi01", READING_BAD_REQUEST, 400 },
	{ "rfc4475/mcl01", READING_BAD_REQUEST, 400 },
	{ "rfc4475/bcast", READING_DROP, 0 },
	{ "rfc4475/zeromf", READING_REQUEST, 0 },
	{ "rfc4475/cparam01", READING_REQUEST, 0 },
	{ "rfc4475/cparam02", READING_REQUEST, 0 },
	{ "rfc4475/regescrt", READING_REQUEST, 0 },
	{ "rfc4475/sdp01", READING_REQUEST, 0 },
	{ "rfc4475/inv2543", READING_REQUEST, 0 },
	/* RFC 5118 */
	{ "rfc5118/ipv6-good", READING_REQUEST, 0 },
	{ "rfc5118/ipv6-bad", READING_BAD_REQUEST, 400 },
	{ "rfc5118/port-ambiguous", READING_REQUEST, 0 },
	{ "rfc5118/port-unambiguous", READING_REQUEST, 0 },
	{ "rfc5118/via-received-param-with-delim", READING_REQUEST, 0 },
	{ "rfc5118/via-received-param-no-delim", READING_REQUEST, 0 },
	{ "rfc5118/ipv6-in-sdp", READING_REQUEST, 0 },
	{ "rfc5118/mult-ip-in-header", READING_REQUEST, 0 },
	{ "rfc5118/mult-ip-in-sdp", READING_REQUEST, 0 },
	{ "rfc5118/ipv4-mapped-ipv6", READING_REQUEST, 0 },
	{ "rfc5118/ipv6-bug-abnf-3-colons", READING_REQUEST, 0 },
	{ "rfc5118/ipv6-correct-abnf-2-colons", READING_REQUEST, 0 },
};

/* A request from parts; lines may bring more header lines. */
#define VIA  "Via: SIP/2.0/UDP 192.0.2.77:5061;branch=z9hG4bKa\r\n"
#define FROM "From: <sip:romeo@example.net>;tag=f1\r\n"
#define TO   "To: <sip:juliet@example.com>\r\n"
#define IDS  "Call-ID: c1@example.net\r\nCSeq: 7 MESSAGE\r\n"
#define LINE "MESSAGE sip:juliet@example.com SIP/2.0\r\n"
#define HEAD LINE VIA FROM TO IDS

/* Malformed, and what to answer. */
static const struct {
	const char *text;
	int status;
} bad_requests[] = {
	{ LINE VIA TO IDS "\r\n", 400 },
	{ LINE VIA FROM IDS "\r\n", 400 },
	{ LINE VIA FROM TO "CSeq: 7 MESSAGE\r\n\r\n", 400 },
	{ LINE VIA FROM TO "Call-ID: c\r\n\r\n", 400 },
	{ HEAD FROM "\r\n", 400 },
	{ HEAD TO "\r\n", 400 },
	{ HEAD "Call-ID: d\r\n\r\n", 400 },
	{ HEAD "CSeq: 7 MESSAGE\r\n\r\n", 400 },
	{ HEAD "Event: a\r\nEvent: b\r\n\r\n", 400 },
	{ HEAD "Event: ;\r\n\r\n", 400 },
	{ HEAD "Max-Forwards: 70\r\nMax-Forwards: 70\r\n\r\n", 400 },
	{ HEAD "Max-Forwards: 256\r\n\r\n", 400 },
	{ HEAD "Max-Forwards: -1\r\n\r\n", 400 },
	{ HEAD "Max-Forwards: x\r\n\r\n", 400 },
	{ HEAD "Content-Length: 1\r\n\r\n", 400 },
	{ HEAD "Content-Length: -1\r\n\r\n", 400 },
	{ HEAD "Content-Length: 4294967296\r\n\r\n", 400 },
	{ HEAD "Content-Length: 18446744073709551616\r\n\r\n", 400 },
	{ HEAD "Content-Length: five\r\n\r\n", 400 },
	{ HEAD "Content-Length:\r\n\r\n", 400 },
	{ HEAD "Content-Length: 0\r\nl: 1\r\n\r\nx", 400 },
	{ HEAD "Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n", 400 },
	{ HEAD "Content-Length: 1\r\n\r\nx", 400 }, /* of what type? */
	{ HEAD "no colon\r\n\r\n", 400 },
	{ HEAD "bad name: x\r\n\r\n", 400 },
	{ HEAD ": x\r\n\r\n", 400 },
	{ HEAD "X: a\rb\r\n\r\n", 400 },
	{ HEAD, 400 }, /* no empty line */
	{ HEAD "Contact: <sip:a b@c>\r\n\r\n", 400 },
	{ HEAD "Contact: sip:a@b?x=y\r\n\r\n", 400 },
	{ LINE VIA FROM TO "Call-ID: a b\r\nCSeq: 7 MESSAGE\r\n\r\n", 400 },
	{ LINE VIA FROM TO "Call-ID: a\r\nCSeq: 7 INVITE\r\n\r\n", 400 },
	{ LINE VIA FROM TO "Call-ID: a\r\nCSeq: 7 message\r\n\r\n", 400 },
	{ LINE VIA FROM TO "Call-ID: a\r\nCSeq: 2147483648 MESSAGE\r\n"
			   "\r\n",
	  400 },
	{ LINE VIA FROM TO "Call-ID: a\r\nCSeq: MESSAGE\r\n\r\n", 400 },
	{ LINE VIA "From: sip:a@b;tag=<x>\r\n" TO IDS "\r\n", 400 },
	{ LINE VIA FROM "To: \"x <sip:a@b>\r\n" IDS "\r\n", 400 },
	{ LINE VIA FROM "To: <sip:a@b\r\n" IDS "\r\n", 400 },
	{ LINE "Via: SIP/2.0/UDP\r\n" FROM TO IDS "\r\n", 400 },
	{ LINE "Via: nonsense\r\n" FROM TO IDS "\r\n", 400 },
	{ "MESSAGE sip:a@b SIP/3.0\r\n" VIA FROM TO IDS "\r\n", 505 },
	{ "MESSAGE sip:a@b SIP/2.1\r\n" VIA FROM TO IDS "\r\n", 505 },
	{ "MESSAGE nouri SIP/2.0\r\n" VIA FROM TO IDS "\r\n", 400 },
	{ "MESSAGE sip:a@b c SIP/2.0\r\n" VIA FROM TO IDS "\r\n", 400 },
	{ "MESSAGE  SIP/2.0\r\n" VIA FROM TO IDS "\r\n", 400 },
	{ "MESSAGE sip:a@b?x=y SIP/2.0\r\n" VIA FROM TO IDS "\r\n", 400 },
};

/* What nobody answers. */
static const char *const dropped[] = {
	"x",
	"jaK",
	"hello world\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	"MESSAGE sip:a@b\r\n" VIA FROM TO IDS "\r\n",
	"MES(SAGE sip:a@b SIP/2.0\r\n" VIA FROM TO IDS "\r\n",
	LINE FROM TO IDS "\r\n",
	LINE "Via:\r\n" FROM TO IDS "\r\n",
	/* an ACK is never answered */
	"ACK sip:a@b SIP/2.0\r\n" VIA FROM TO "Call-ID: x\r\n"
	"CSeq: 1 INVITE\r\n\r\n",
	"SIP/2.0 99 No\r\n" VIA FROM TO IDS "\r\n",
	"SIP/2.0 700 No\r\n" VIA FROM TO IDS "\r\n",
	"SIP/2.0 0200 No\r\n" VIA FROM TO IDS "\r\n",
	"SIP/2.0 2x0 No\r\n" VIA FROM TO IDS "\r\n",
	"SIP/3.0 200 OK\r\n" VIA FROM TO IDS "\r\n",
	"SIP/2.0 200 OK\r\n" FROM TO IDS "\r\n",
	"SIP/2.0 200 OK\r\n" VIA VIA FROM TO IDS "\r\n",
	"SIP/2.0 200 OK\r\n" VIA FROM TO "Call-ID: x\r\n\r\n",
	"SIP/2.0 200 OK\r\n" VIA FROM TO IDS "l: 5\r\n\r\n",
	"SIP/2.0 200 OK\r\n" VIA FROM TO IDS "l: x\r\n\r\n",
};

#endif
