#include "mapping/compose.h"

static bool has_id(const struct pidf_tuple *t, struct str id)
{
	for (; t != NULL; t = t->next)
		if (str_eq(t->id, id))
			return true;
	return false;
}

/* Copies, because a list belongs to its document. */
static size_t add_tuples(struct arena *a, const struct pidf *doc,
			 struct pidf *out, size_t count)
{
	struct pidf_tuple **end = &out->tuples;
	const struct pidf_tuple *t;

	while (*end != NULL)
		end = &(*end)->next;
	for (t = doc->tuples; t != NULL && count < PIDF_TUPLES_MAX;
	     t = t->next) {
		if (has_id(out->tuples, t->id))
			continue;
		*end = arena_new(a, struct pidf_tuple);
		**end = *t;
		(*end)->next = NULL;
		end = &(*end)->next;
		count++;
	}
	return count;
}

static bool says_person(const struct pidf *doc)
{
	return doc->activities != 0 || doc->other.n > 0 || doc->is_idle ||
	       doc->person_notes != NULL;
}

void compose_documents(struct arena *a, const struct pidf *docs, size_t n,
		       struct pidf *out)
{
	size_t count = 0;
	bool is_said = false;

	*out = (struct pidf){ .entity = n > 0 ? docs[0].entity : STR_NONE };
	for (size_t i = 0; i < n; i++) {
		const struct pidf *d = &docs[i];

		count = add_tuples(a, d, out, count);
		if (out->notes == NULL)
			out->notes = d->notes;
		if (out->device_notes == NULL)
			out->device_notes = d->device_notes;
		if (is_said || !says_person(d))
			continue;
		is_said = true;
		out->person_notes = d->person_notes;
		out->activities = d->activities;
		out->other = d->other;
		out->idle_since = d->idle_since;
		out->is_idle = d->is_idle;
	}
}
