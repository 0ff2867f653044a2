/** What lint says of a rule in a condition, mended: the conditions become a policy draft, and the draft is opened. */
import { useMutation } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { createVersion, extractPolicies } from "../../api/policies.ts";
import { Button } from "../../ui/button.tsx";
import { useToast } from "../../ui/toast.tsx";

/** The rule of lint that this mends. */
export const hiddenRuleId = "policy-in-process";

export function ExtractRule({ xml, flowId }: { readonly xml: string; readonly flowId: string }) {
  const [, go] = useLocation();
  const toast = useToast();
  const extraction = useMutation({
    mutationFn: async () => {
      const [candidate] = await extractPolicies(xml, flowId);
      if (candidate === undefined) throw new Error(`Expected conditions at ${flowId}, but the model has changed.`);
      return createVersion(candidate.policy);
    },
    onSuccess: ({ policyId }) => {
      toast("Policy draft created: name an owner and decide each outcome.");
      go(`/policies/${encodeURIComponent(policyId)}`);
    },
    onError: (error) => toast(error.message),
  });
  return (
    <Button small disabled={extraction.isPending} onClick={() => extraction.mutate()}>
      Extract to a policy draft
    </Button>
  );
}
