/* What Sofia-SIP's own transaction layer costs, with no gateway around it.
 *
 *   ntalimit uas                    answers MESSAGE statelessly; "port=N"
 *   ntalimit uac PORT               client transactions to 127.0.0.1:PORT:
 *       "send RUN COUNT WINDOW" -> "ok=.. failed=.."
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#define SU_ROOT_MAGIC_T	     struct limit
#define NTA_AGENT_MAGIC_T    struct limit
#define NTA_OUTGOING_MAGIC_T struct limit
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/nta.h>
#include <sofia-sip/nta_stateless.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_wait.h>
#include <sofia-sip/tport_tag.h>
#include "clock.h"
#include "console.h"
#include "template.h"

enum { BUFFER_BYTES = 4 << 20, T4_MS = 1000 };

struct limit {
	su_root_t *root;
	nta_agent_t *agent;
	struct console console;
	struct template body;
	su_home_t home[1];
	sip_content_type_t *type;
	char uri[64];
	unsigned run, window, count;
	unsigned sent, open, ok, failed;
};

static int on_request(struct limit *l, nta_agent_t *agent, msg_t *msg,
		      sip_t *sip)
{
	(void)l;
	if (sip->sip_request == NULL) {
		nta_msg_discard(agent, msg);
		return 0;
	}
	return nta_msg_treply(agent, msg, SIP_200_OK, TAG_END());
}

static int on_answer(struct limit *l, nta_outgoing_t *o, sip_t const *sip);

static void add(msg_t *msg, sip_t *sip, void *header)
{
	msg_header_insert(msg, (msg_pub_t *)sip, header);
}

/* The message is made by hand: tag lists cost more. */
static void send_one(struct limit *l)
{
	const uint64_t value[FIELDS] = { [FIELD_RUN] = l->run,
					 [FIELD_SERIAL] = l->sent,
					 [FIELD_TIME] = clock_ns() };
	msg_t *msg = nta_msg_create(l->agent, 0);
	sip_t *sip = sip_object(msg);
	su_home_t *h = msg_home(msg);
	char body[TEMPLATE_BYTES];

	template_write(&l->body, value, body);
	add(msg, sip, sip_to_make(h, "<sip:romeo@sip.test>"));
	add(msg, sip, sip_from_make(h, "<sip:juliet@xmpp.test>;tag=limit"));
	add(msg, sip, sip_call_id_format(h, "%u-%u@limit", l->run, l->sent));
	add(msg, sip, sip_cseq_create(h, 1, SIP_METHOD_MESSAGE));
	add(msg, sip, sip_content_type_dup(h, l->type));
	add(msg, sip, sip_payload_create(h, body, (isize_t)l->body.n));
	add(msg, sip,
	    sip_request_create(h, SIP_METHOD_MESSAGE, (url_string_t *)l->uri,
			       NULL));
	l->sent++;
	if (nta_outgoing_mcreate(l->agent, on_answer, l, NULL, msg,
				 TAG_END()) == NULL)
		l->failed++;
	else
		l->open++;
}

static void pump(struct limit *l)
{
	while (l->open < l->window && l->sent < l->count)
		send_one(l);
	if (l->open > 0 || l->count == 0)
		return;
	l->count = 0;
	printf("ok=%u failed=%u\n", l->ok, l->failed);
	fflush(stdout);
}

static int on_answer(struct limit *l, nta_outgoing_t *o, sip_t const *sip)
{
	int status = sip != NULL ? sip->sip_status->st_status : 408;

	if (status < 200)
		return 0;
	nta_outgoing_destroy(o);
	l->open--;
	l->ok += status == 200;
	l->failed += status != 200;
	pump(l);
	return 0;
}

static void command(void *arg, const char *line)
{
	struct limit *l = arg;

	if (sscanf(line, "send %u %u %u", &l->run, &l->count, &l->window) != 3)
		return;
	l->sent = l->ok = l->failed = 0;
	pump(l);
}

static int on_input(struct limit *l, su_wait_t *w, su_wakeup_arg_t *arg)
{
	(void)w, (void)arg;
	if (!console_read(&l->console, command, l))
		_exit(0);
	return 0;
}

static int port_of(nta_agent_t *agent)
{
	sip_via_t *v = nta_agent_via(agent);

	return v != NULL && v->v_port != NULL ? atoi(v->v_port) : 0;
}

int main(int argc, char **argv)
{
	static struct limit l[1];
	su_wait_t input;
	int is_uac = argc > 2 && strcmp(argv[1], "uac") == 0;

	su_init();
	su_log_set_level(NULL, 0);
	su_home_init(l->home);
	l->root = su_root_create(l);
	l->agent = nta_agent_create(
		l->root, URL_STRING_MAKE("sip:127.0.0.1:*;transport=udp"),
		on_request, l, NTATAG_UA(1), NTATAG_USE_NAPTR(0),
		NTATAG_USE_SRV(0), NTATAG_STATELESS(1), NTATAG_SIP_T4(T4_MS),
		TPTAG_UDP_RMEM(BUFFER_BYTES), TPTAG_QUEUESIZE(1000), TAG_END());
	if (l->agent == NULL)
		return 1;
	if (is_uac)
		snprintf(l->uri, sizeof(l->uri), "sip:romeo@127.0.0.1:%s",
			 argv[2]);
	template_init(&l->body, T_BODY);
	l->type = sip_content_type_make(l->home, "text/plain;charset=UTF-8");
	su_wait_create(&input, STDIN_FILENO, SU_WAIT_IN);
	su_root_register(l->root, &input, on_input, NULL, 0);
	printf("port=%d\n", port_of(l->agent));
	fflush(stdout);
	su_root_run(l->root);
}
