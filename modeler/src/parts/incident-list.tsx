/** Open incidents with their text and the way out: fix what is named, then retry. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, RotateCcw } from "lucide-react";
import { Link } from "wouter";
import { type Incident, retryIncident } from "../api/instances.ts";
import { processThing, useMay } from "../app/may.ts";
import { Button } from "../ui/button.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import { incidentTitle } from "../ui/states.ts";
import { Time } from "../ui/time.tsx";
import { useToast } from "../ui/toast.tsx";
import styles from "./incident-list.module.css";

interface IncidentListProps {
  readonly incidents: readonly Incident[];
  /** Inside an instance the element is selected; elsewhere the link leads to the instance. */
  readonly onSelect?: (elementId: string) => void;
}

export function IncidentList({ incidents, onSelect }: IncidentListProps) {
  return (
    <ul className={styles.list}>
      {incidents.map((incident) => (
        <li key={incident.incidentKey}>
          <IncidentCard incident={incident} {...(onSelect ? { onSelect } : {})} />
        </li>
      ))}
    </ul>
  );
}

function IncidentCard({
  incident,
  onSelect,
}: {
  readonly incident: Incident;
  readonly onSelect?: (elementId: string) => void;
}) {
  const mayRetry = useMay()("instance:operate", processThing(incident.processDefinitionId, "UPDATE_PROCESS_INSTANCE"));
  const client = useQueryClient();
  const toast = useToast();
  const retry = useMutation({
    mutationFn: () => retryIncident(incident),
    onSuccess: () => toast(`Retried ${incident.elementId}`),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ["incidents"] });
      void client.invalidateQueries({ queryKey: ["instance", incident.processInstanceKey] });
    },
  });
  return (
    <article className={styles.incident} aria-label={`Incident at ${incident.elementId}`}>
      <div className={styles.head}>
        <CircleAlert size={16} aria-hidden="true" />
        <h3>{incidentTitle(incident.errorType)}</h3>
        {mayRetry && (
          <Button small disabled={retry.isPending} onClick={() => retry.mutate()}>
            <RotateCcw size={13} aria-hidden="true" /> Retry
          </Button>
        )}
      </div>
      <pre>{incident.errorMessage}</pre>
      <div className={styles.meta}>
        {onSelect ? (
          <Button small kind="quiet" onClick={() => onSelect(incident.elementId)}>
            {incident.elementId}
          </Button>
        ) : (
          <Link
            href={`/instances/${incident.processInstanceKey}?tab=incidents&element=${encodeURIComponent(incident.elementId)}`}
          >
            {incident.processDefinitionId}, {incident.elementId}
          </Link>
        )}
        <Time at={incident.creationTime} />
      </div>
      {retry.error && <ProblemNotice error={retry.error} />}
    </article>
  );
}
