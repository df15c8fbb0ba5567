#!/usr/bin/python3
"""What a screen reader sees and does: finds one program's window over AT-SPI, tells what is in it, presses and types.
Reads one JSON request a line from standard input and answers one JSON line."""
import json
import sys
import threading

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

heard = []


def on_event(event):
    try:
        if event.type == "object:state-changed:focused" and event.detail1:
            event.source.clear_cache()
            heard.append(event.source.get_name())
    except GLib.Error:
        pass


def application(pid):
    desktop = Atspi.get_desktop(0)
    for i in range(desktop.get_child_count()):
        child = desktop.get_child_at_index(i)
        try:
            if child and child.get_process_id() == pid:
                return child
        except GLib.Error:
            pass
    return None


def visible(node):
    states = node.get_state_set()
    return states.contains(Atspi.StateType.VISIBLE) or states.contains(Atspi.StateType.SHOWING)


def walk(node):
    """Everything that is to be seen, from top to bottom. What vanishes meanwhile is not there."""
    try:
        node.clear_cache()
        count = node.get_child_count()
    except GLib.Error:
        return
    yield node
    for i in range(count):
        try:
            child = node.get_child_at_index(i)
        except GLib.Error:
            continue
        if child is not None and visible(child):
            yield from walk(child)


def text_of(node):
    text = node.get_text_iface()
    return Atspi.Text.get_text(node, 0, Atspi.Text.get_character_count(node)) if text else None


def describe(node):
    states = node.get_state_set()
    return {
        "role": node.get_role_name(),
        "name": node.get_name(),
        "text": text_of(node),
        "sensitive": states.contains(Atspi.StateType.SENSITIVE),
        "focusable": states.contains(Atspi.StateType.FOCUSABLE),
        "focused": states.contains(Atspi.StateType.FOCUSED),
    }


def everything(pid):
    app = application(pid)
    nodes = []
    for node in walk(app) if app else []:
        try:
            nodes.append((node, describe(node)))
        except GLib.Error:
            pass
    return nodes


def find(pid, role, name):
    for node, said in everything(pid):
        if said["role"] == role and said["name"] == name:
            return node, said
    raise LookupError(f"there is no {role} {name!r}")


def press(pid, request):
    node, said = find(pid, request.get("role", "push button"), request["name"])
    if not said["sensitive"]:
        raise LookupError(f"{request['name']!r} cannot be pressed")
    node.get_action_iface().do_action(0)


def fill(pid, request):
    node, _ = find(pid, request["role"], request["name"])
    if not node.get_editable_text_iface().set_text_contents(request["text"]):
        raise LookupError(f"{request['name']!r} takes no text")


def answer(request):
    pid = request["pid"]
    if request["do"] == "see":
        return [said for _, said in everything(pid)]
    if request["do"] == "press":
        return press(pid, request)
    if request["do"] == "fill":
        return fill(pid, request)
    if request["do"] == "heard":
        return list(heard)
    raise LookupError(f"unknown: {request['do']}")


def main():
    Atspi.init()
    listener = Atspi.EventListener.new(on_event)
    listener.register("object:state-changed:focused")
    loop = GLib.MainLoop()
    threading.Thread(target=serve, args=(loop,), daemon=True).start()
    loop.run()


def serve(loop):
    for line in sys.stdin:
        done = threading.Event()

        def run(line=line, done=done):
            try:
                result = {"ok": answer(json.loads(line))}
            except Exception as error:  # whatever it is, who asked is to know
                result = {"error": str(error)}
            print(json.dumps(result), flush=True)
            done.set()
            return False

        GLib.idle_add(run)
        done.wait()
    GLib.idle_add(loop.quit)


main()
