"""The guard for tools written in Python: CrewAI, AutoGen, AutoGPT's commands, LangChain in Python, a loop of your own.

    @guarded("issue_refund", target="payments")
    def issue_refund(order_id: str, amount: float) -> str: ...

The decorated function keeps its name, documentation and signature, so frameworks describe it to their models as before.
Each call asks the decision plane first, uses up the permit just before it runs, runs with exactly the permitted
arguments, and reports what ran. Whatever is not permitted, or cannot be asked, does not run: the function then returns
a text that says why, for the model to read. Only the standard library is needed.
"""
import functools
import inspect
import json
import os
import time
import urllib.error
import urllib.request
import uuid

_ALLOWED = ("ALLOW", "ALLOW_WITH_CONSTRAINTS")
_OPEN = ("REQUIRE_APPROVAL", "DEFER")


def _post(path, body):
    """The answer of the plane, or None when there is none to be had."""
    url = os.environ.get("INTERLOCK_URL", "http://127.0.0.1:8080").rstrip("/") + "/governance/v1" + path
    headers = {"content-type": "application/json"}
    if "INTERLOCK_TOKEN" in os.environ:
        headers["authorization"] = "Bearer " + os.environ["INTERLOCK_TOKEN"]
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)
    except (urllib.error.URLError, TimeoutError, ValueError):
        return None


def _refusal(reason, decision=None):
    decision = decision or {}
    return json.dumps(
        {
            "status": "not_executed",
            "reason": reason,
            "decisionId": decision.get("decisionId"),
            "reasonCodes": decision.get("reasonCodes", []),
        }
    )


def guarded(action_type, target=None, facts=None, agent=None, approval_wait_s=0.0, poll_s=0.5):
    """Puts the guard around a function. `facts` is a dictionary, or a function from the arguments to one."""

    def decorate(function):
        signature = inspect.signature(function)

        @functools.wraps(function)
        def run(*args, **kwargs):
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            given = dict(bound.arguments)
            question = {
                "action": {"type": action_type, "target": target},
                "args": given,
                "facts": facts(given) if callable(facts) else facts or {},
                "agent": agent,
                "idempotencyKey": str(uuid.uuid4()),
            }
            deadline = time.monotonic() + approval_wait_s
            decision = _post("/decisions", question)
            while decision and decision["determination"] in _OPEN and time.monotonic() + poll_s < deadline:
                time.sleep(poll_s)
                decision = _post("/decisions", question)
            if decision is None:
                return _refusal("plane_unreachable")
            if decision["determination"] not in _ALLOWED or decision["permit"] is None:
                return _refusal("pending" if decision["determination"] in _OPEN else "policy_denied", decision)
            permitted = decision["args"]
            use = {
                "permit": decision["permit"],
                "actionType": action_type,
                "args": permitted,
                "holder": str(uuid.uuid4()),
                "fresh": True,
            }
            if _post("/permits/use", use) is None:
                return _refusal("permit_unusable", decision)
            status = "failed"
            try:
                result = function(**permitted)
                status = "succeeded"
                return result
            finally:
                _post("/decisions/" + decision["decisionId"] + "/outcome", {"status": status, "executedArgs": permitted})

        return run

    return decorate
