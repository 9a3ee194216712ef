"""What changes orders and money."""

from certflow.payments.operations.invoices import InvoiceChoice, choose_invoice
from certflow.payments.operations.leaving import leave_order
from certflow.payments.operations.listeners import (
    lock_cases_with,
    on_closed,
    on_paid,
    on_refunded,
    on_voucher_refused,
)
from certflow.payments.operations.notices import process_notice, store_notice
from certflow.payments.operations.orders import (
    Charge,
    Payer,
    close_order,
    create_order,
    expire_order,
    merge_orders,
    renew_order,
    set_fee,
    start_checkout,
)
from certflow.payments.operations.reconciling import Difference, reconcile, settle_answer
from certflow.payments.operations.refunds import confirm_refund, decide_refund, request_refund
from certflow.payments.operations.settling import (
    Payment,
    apply_event,
    mark_closed,
    mark_paid,
    mark_refunded,
)
from certflow.payments.operations.vouchers import check_voucher, submit_voucher

__all__ = [
    "Charge",
    "Difference",
    "InvoiceChoice",
    "Payer",
    "Payment",
    "apply_event",
    "check_voucher",
    "choose_invoice",
    "close_order",
    "confirm_refund",
    "create_order",
    "decide_refund",
    "expire_order",
    "leave_order",
    "lock_cases_with",
    "mark_closed",
    "mark_paid",
    "mark_refunded",
    "merge_orders",
    "on_closed",
    "on_paid",
    "on_refunded",
    "on_voucher_refused",
    "process_notice",
    "reconcile",
    "renew_order",
    "request_refund",
    "set_fee",
    "settle_answer",
    "start_checkout",
    "store_notice",
    "submit_voucher",
]
