"""A Linphone user, by liblinphone's C API: a program of its own (a crash of
the library must not end the test). Commands and events are JSON lines.

usage: linphone_user.py FOLDER LIBRARY PORT IDENTITY PROXY REGISTER(0|1)
       CPIM(0|1)
commands: {"send": URI, "text": T} {"typing": URI} {"read": URI} {"quit": 1}
  {"watch": URI} {"unwatch": URI} {"be": away|busy|online|offline, "note": T}
events: {"event": "ready"|"registered"|"message"|"state"|...}
  {"event": "presence", "uri": U, "basic": open|closed, "activity": N,
   "note": T} {"event": "asked", "uri": U}: somebody wants to watch; he may
"""
import ctypes
import json
import os
import select
import sys

FOLDER, LIBRARY, PORT, IDENTITY, PROXY, REGISTER, CPIM = sys.argv[1:8]
PASSWORD = os.environ.get("PHONE_PASSWORD")
OUT = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
os.dup2(2, 1)  # whatever the library prints is the log

SUBSCRIBE_ACCEPT = 2
ACTIVITIES = {"away": 1, "busy": 3, "offline": 0, "online": 0}
ONLINE, OFFLINE = 0, 3  # consolidated
STATES = {0: "idle", 1: "in-progress", 2: "delivered", 3: "not-delivered",
          4: "file-error", 5: "file-done", 6: "delivered-to-user",
          7: "displayed"}


def say(**event):
    OUT.write(json.dumps(event, ensure_ascii=False) + "\n")


lib = ctypes.CDLL(LIBRARY)


class Call:
    """lib functions with pointers as plain integers and text as str."""

    def __getattr__(self, name):
        fn = getattr(lib, "linphone_" + name)
        fn.restype = ctypes.c_void_p

        def call(*args):
            return fn(*[ctypes.c_char_p(a.encode()) if isinstance(a, str)
                        else ctypes.c_void_p(a) if a is None or a > 1 << 31
                        else ctypes.c_int(a) for a in args])
        return call


call = Call()


def text_of(pointer):
    return ctypes.string_at(pointer).decode("utf-8", "replace") \
        if pointer else None


def uri_of(address):
    return text_of(call.address_as_string_uri_only(address))


MESSAGE_FN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p,
                              ctypes.c_void_p)
STATE_FN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int)
PRESENCE_FN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
ASKED_FN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p,
                            ctypes.c_char_p)
REGISTER_FN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p,
                               ctypes.c_int, ctypes.c_char_p)


@MESSAGE_FN
def on_message(_core, _room, msg):
    say(event="message", text=text_of(call.chat_message_get_utf8_text(msg)),
        sender=uri_of(call.chat_message_get_from_address(msg)))


@MESSAGE_FN
def on_typing(_core, room, _):
    say(event="typing",
        active=bool(call.chat_room_is_remote_composing(room) & 0xFF))


@REGISTER_FN
def on_register(_core, _account, state, _words):
    if state == 2:
        say(event="registered")
    elif state == 4:
        say(event="register-failed")


@PRESENCE_FN
def on_presence(_core, friend):
    model = call.friend_get_presence_model(friend)
    if not model:
        return
    note = call.presence_model_get_note(model, None)
    activity = call.presence_model_get_activity(model)
    # An enum comes back in a register whose upper half is anything.
    basic = (call.presence_model_get_basic_status(model) or 0) & 0xffffffff
    say(event="presence", uri=uri_of(call.friend_get_address(friend)),
        basic="closed" if basic else "open",
        activity=(call.presence_activity_get_type(activity) or 0) & 0xffffffff
        if activity else None,
        note=text_of(call.presence_note_get_content(note)) if note else None)


@ASKED_FN
def on_asked(core, friend, url):
    call.friend_set_inc_subscribe_policy(friend, SUBSCRIBE_ACCEPT)
    call.friend_enable_subscribes(friend, 0)
    call.core_add_friend(core, friend)
    say(event="asked", uri=url.decode())


@STATE_FN
def on_state(msg, state):
    say(event="state", state=STATES.get(state, str(state)),
        text=text_of(call.chat_message_get_utf8_text(msg)))


def open_core():
    factory = call.factory_get()
    for kind in ("config", "data", "download"):
        getattr(call, "factory_set_%s_dir" % kind)(factory, FOLDER)
    service = call.logging_service_get()
    call.logging_service_set_log_level_mask(service, 1 << 4 | 1 << 5)
    with open(os.path.join(FOLDER, "rc"), "w", encoding="ascii") as f:
        f.write("[misc]\nstore_friends=0\n[sip]\nlime=0\n"
                "subscribe_presence_only_when_registered=0\n"
                "[sound]\nplayback_dev_id=\n[net]\nfirewall_policy=0\n")
    core = call.factory_create_core_3(factory, os.path.join(FOLDER, "rc"),
                                      None, None)
    cbs = call.factory_create_core_cbs(factory)
    call.core_cbs_set_message_received(
        cbs, ctypes.cast(on_message, ctypes.c_void_p).value)
    call.core_cbs_set_is_composing_received(
        cbs, ctypes.cast(on_typing, ctypes.c_void_p).value)
    call.core_cbs_set_account_registration_state_changed(
        cbs, ctypes.cast(on_register, ctypes.c_void_p).value)
    call.core_cbs_set_notify_presence_received(
        cbs, ctypes.cast(on_presence, ctypes.c_void_p).value)
    call.core_cbs_set_new_subscription_requested(
        cbs, ctypes.cast(on_asked, ctypes.c_void_p).value)
    call.core_add_callbacks(core, cbs)
    transports = call.factory_create_transports(factory)
    call.transports_set_udp_port(transports, int(PORT))
    call.transports_set_tcp_port(transports, int(PORT))
    call.transports_set_tls_port(transports, 0)
    call.transports_set_dtls_port(transports, 0)
    call.core_set_transports(core, transports)
    call.core_enable_ipv6(core, 0)
    call.core_start(core)
    return factory, core


def add_account(factory, core):
    params = call.core_create_account_params(core)
    call.account_params_set_identity_address(
        params, call.factory_create_address(factory, IDENTITY))
    call.account_params_set_server_address(
        params, call.factory_create_address(
            factory, "<sip:%s;transport=udp>" % PROXY))
    call.account_params_set_outbound_proxy_enabled(params, 1)
    call.account_params_set_register_enabled(params, int(REGISTER))
    call.account_params_enable_cpim_in_basic_chat_room(params, int(CPIM))
    if PASSWORD:
        call.account_params_set_publish_enabled(params, 1)
        user = IDENTITY.partition(":")[2].partition("@")[0]
        call.core_add_auth_info(core, call.auth_info_new(
            user, None, PASSWORD, None, None, None))
    account = call.core_create_account(core, params)
    call.core_add_account(core, account)
    call.core_set_default_account(core, account)
    call.core_set_network_reachable(core, 1)


def be(core, state, note):
    if state in ("online", "offline"):
        call.core_set_consolidated_presence(
            core, ONLINE if state == "online" else OFFLINE)
        return
    call.core_set_presence_model(
        core, call.core_create_presence_model_with_activity_and_note(
            core, ACTIVITIES[state], None, note or "", "en"))


def obey(core, words):
    if "watch" in words:
        friend = call.core_create_friend_with_address(core, words["watch"])
        call.friend_enable_subscribes(friend, 1)
        call.friend_set_inc_subscribe_policy(friend, SUBSCRIBE_ACCEPT)
        call.core_add_friend(core, friend)
        call.friend_list_enable_subscriptions(
            call.core_get_default_friend_list(core), 1)
    elif "unwatch" in words:
        friend = call.core_find_friend(core, call.factory_create_address(
            call.factory_get(), words["unwatch"]))
        call.core_remove_friend(core, friend)
    elif "be" in words:
        be(core, words["be"], words.get("note"))
    elif "send" in words:
        room = call.core_get_chat_room_from_uri(core, words["send"])
        msg = call.chat_room_create_message_from_utf8(room, words["text"])
        call.chat_message_set_message_state_changed_cb(
            msg, ctypes.cast(on_state, ctypes.c_void_p).value)
        call.chat_message_send(msg)
    elif "typing" in words:
        call.chat_room_compose(
            call.core_get_chat_room_from_uri(core, words["typing"]))
    elif "read" in words:
        call.chat_room_mark_as_read(
            call.core_get_chat_room_from_uri(core, words["read"]))


def main():
    factory, core = open_core()
    add_account(factory, core)
    say(event="ready")
    data = b""
    while True:
        call.core_iterate(core)
        if not select.select([0], [], [], 0.01)[0]:
            continue
        got = os.read(0, 65536)
        if not got:
            break
        data += got
        while b"\n" in data:
            line, data = data.split(b"\n", 1)
            words = json.loads(line)
            if "quit" in words:
                return
            obey(core, words)


main()
OUT.flush()
os._exit(0)
