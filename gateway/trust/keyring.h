#ifndef STOX_GATEWAY_TRUST_KEYRING_H
#define STOX_GATEWAY_TRUST_KEYRING_H
#include "gateway/config/config.h"

/* Our certificates and the authorities that we believe, for both sides: every
 * TLS context of the gateway, made from the configuration. */
struct keyring;
struct secure_context;

/* NULL and *why (valid until the next call) when a file does not load. c is
 * borrowed and must outlive it. */
struct keyring *keyring_create(const struct config *c, const char **why);
/* The connections must be gone. */
void keyring_destroy(struct keyring **kp);

/* For those who connect to us; NULL: no TLS listen address. */
struct secure_context *keyring_server(const struct keyring *k);
/* For SIP connections that we open; NULL: TLS is not wanted. */
struct secure_context *keyring_client(const struct keyring *k);
/* For the link of component i; NULL: it has no TLS. */
struct secure_context *keyring_component(const struct keyring *k, size_t i);

/* Takes the place of the configuration that it was made from; only the names in
 * messages come from it. */
void keyring_adopt(struct keyring *k, const struct config *c);
/* Reads all files again, for connections to come. What does not load stays as
 * it was. Says in the log what became of each. Returns how many failed. */
size_t keyring_reload(struct keyring *k);

#endif
