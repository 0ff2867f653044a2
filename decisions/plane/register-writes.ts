/**
 * The plane's statements in the group commit. Orders: what others refer to first; records last, because they are
 * sealed into the chain and describe what the batch has done.
 */
import type { GroupCommit } from "../../store/index.ts";
import type { Chain } from "./audit/chain.ts";
import { insertRecordSql, recordStatement, sealRecords } from "./audit/records.ts";
import { answerQueueSql, answerStatement, insertQueueSql, queueStatement } from "./decide/late.ts";
import { alertStatement, insertAlertSql } from "./sql/alerts.ts";
import {
  approvalEventOnceStatement,
  approvalEventStatement,
  cancelApprovalsSql,
  cancelApprovalsStatement,
  insertApprovalEventOnceSql,
  insertApprovalEventSql,
  insertApprovalSql,
  insertApprovalStatement,
  updateApprovalSql,
  updateApprovalStatement,
} from "./sql/approvals.ts";
import {
  decisionKeyOnceStatement,
  decisionKeyStatement,
  insertDecisionKeyOnceSql,
  insertDecisionKeySql,
  insertVaultSql,
  vaultStatement,
} from "./sql/decisions.ts";
import { insertPromotionSql, promotionStatement } from "./sql/promotions.ts";

export function registerWrites(groupCommit: GroupCommit, chain: Chain): void {
  const inserts = 110;
  const updates = 120;
  groupCommit.registerWrite(promotionStatement, { sql: insertPromotionSql, order: inserts });
  groupCommit.registerWrite(insertApprovalStatement, { sql: insertApprovalSql, order: inserts });
  groupCommit.registerWrite(approvalEventStatement, { sql: insertApprovalEventSql, order: inserts });
  groupCommit.registerWrite(approvalEventOnceStatement, { sql: insertApprovalEventOnceSql, order: inserts });
  groupCommit.registerWrite(cancelApprovalsStatement, { sql: cancelApprovalsSql, order: updates });
  groupCommit.registerWrite(decisionKeyStatement, { sql: insertDecisionKeySql, order: inserts });
  groupCommit.registerWrite(decisionKeyOnceStatement, { sql: insertDecisionKeyOnceSql, order: inserts });
  groupCommit.registerWrite(vaultStatement, { sql: insertVaultSql, order: inserts });
  groupCommit.registerWrite(queueStatement, { sql: insertQueueSql, order: inserts });
  groupCommit.registerWrite(alertStatement, { sql: insertAlertSql, order: inserts });
  groupCommit.registerWrite(updateApprovalStatement, { sql: updateApprovalSql, order: updates });
  groupCommit.registerWrite(answerStatement, { sql: answerQueueSql, order: updates });
  groupCommit.registerWrite(recordStatement, {
    sql: insertRecordSql,
    order: inserts,
    seal: sealRecords(chain),
    settled: chain.settled,
  });
}
