"""Shops: orders, payments, what was bought."""

from entregent.adapters.readers.batches import Notice
from entregent.adapters.readers.shape import Cells, Shape, cells_of, telling

OLIST = {
    "timezone": "America/Sao_Paulo",
    "currency": "BRL",
    "country": "BR",
    "key_space": "olist",
}


def _online_retail(cells: Cells) -> Cells:
    """An invoice that begins with C takes back an earlier one."""
    invoices = cells_of(cells, "InvoiceNo", "Invoice")
    names = cells_of(cells, "Description")
    codes = cells_of(cells, "StockCode")
    return {
        "kind": ["refund" if number[:1] in "Cc" and number else "purchase" for number in invoices],
        "product": [name.strip() or code for name, code in zip(names, codes, strict=True)],
    }


ONLINE_RETAIL = Shape(
    code="online_retail",
    name="Online Retail",
    about="invoice lines; an invoice that begins with C is a cancellation",
    telling=(
        telling("invoiceno", "stockcode", "quantity", "unitprice", "invoicedate"),
        telling("invoice", "stockcode", "quantity", "price", "invoicedate"),
    ),
    samples=("online_retail.csv",),
    columns={
        "customerid": ("identity.key",),
        "customer id": ("identity.key",),
        "invoicedate": ("at",),
        "quantity": ("transaction.quantity",),
        "unitprice": ("transaction.unit_price",),
        "price": ("transaction.unit_price",),
        "country": ("attribute.country",),
        "kind": ("transaction.kind",),
        "product": ("transaction.product",),
    },
    settings={"timezone": "Europe/London", "currency": "GBP", "country": "GB"},
    derived=("kind", "product"),
    derive=_online_retail,
)

OLIST_CUSTOMERS = Shape(
    code="olist_customers",
    name="Olist customers",
    about="each order knows its customer by a key of its own",
    telling=(telling("customer_id", "customer_unique_id", "customer_city", "customer_state"),),
    samples=("olist_customers.csv",),
    columns={
        "customer_id": ("identity.key.order_customer",),
        "customer_unique_id": ("identity.key",),
        "customer_zip_code_prefix": ("attribute.postal_code",),
        "customer_city": ("attribute.city",),
        "customer_state": ("attribute.state",),
    },
    constants={"customer.language": "pt"},
    settings=dict(OLIST),
)


def _order_activity(cells: Cells) -> Cells:
    return {"activity": [f"order {status}".strip() for status in cells_of(cells, "order_status")]}


OLIST_ORDERS = Shape(
    code="olist_orders",
    name="Olist orders",
    about="orders with their dates, once the customers are in",
    telling=(telling("order_id", "customer_id", "order_status", "order_purchase_timestamp"),),
    samples=("olist_orders.csv",),
    columns={
        "order_id": ("interaction.key",),
        "customer_id": ("identity.key.order_customer",),
        "order_purchase_timestamp": ("interaction.at",),
        "activity": ("interaction.activity",),
    },
    constants={"interaction.channel": "web", "interaction.direction": "in"},
    settings=dict(OLIST),
    derived=("activity",),
    derive=_order_activity,
    notices=(Notice("customers_first"),),
)


def _payment_key(cells: Cells) -> Cells:
    pairs = zip(cells_of(cells, "order_id"), cells_of(cells, "payment_sequential"), strict=True)
    return {"payment_key": [f"{order}-{place}" for order, place in pairs]}


OLIST_PAYMENTS = Shape(
    code="olist_payments",
    name="Olist payments",
    about="payments of orders, once the orders are in: an order tells whose and when",
    telling=(telling("order_id", "payment_sequential", "payment_type", "payment_value"),),
    samples=("olist_order_payments.csv",),
    columns={
        "order_id": ("identity.interaction_key",),
        "payment_key": ("transaction.key",),
        "payment_value": ("transaction.amount",),
    },
    constants={"transaction.kind": "purchase"},
    settings=dict(OLIST),
    derived=("payment_key",),
    derive=_payment_key,
    notices=(Notice("orders_first"),),
)


def _review_key(cells: Cells) -> Cells:
    pairs = zip(cells_of(cells, "review_id"), cells_of(cells, "order_id"), strict=True)
    return {"review_key": [f"{review}-{order}" for review, order in pairs]}


OLIST_REVIEWS = Shape(
    code="olist_reviews",
    name="Olist reviews",
    about="reviews of orders, once the orders are in: an order tells whose",
    telling=(telling("review_id", "order_id", "review_score", "review_comment_message"),),
    samples=("olist_order_reviews.csv",),
    columns={
        "order_id": ("identity.interaction_key",),
        "review_key": ("interaction.key", "response.key"),
        "review_score": ("answer.csat.order",),
        "review_comment_title": ("interaction.title",),
        "review_comment_message": ("interaction.text",),
        "review_answer_timestamp": ("at",),
    },
    constants={
        "interaction.channel": "review", "interaction.direction": "in",
        "interaction.activity": "review", "interaction.language": "pt",
    },
    scales={"csat.order": (1, 5)},
    settings=dict(OLIST),
    derived=("review_key",),
    derive=_review_key,
    notices=(Notice("orders_first"),),
)  # fmt: skip


def _item_key(cells: Cells) -> Cells:
    pairs = zip(cells_of(cells, "order_id"), cells_of(cells, "order_item_id"), strict=True)
    return {"item_key": [f"{order}-item-{place}" for order, place in pairs]}


OLIST_ITEMS = Shape(
    code="olist_items",
    name="Olist order items",
    about="what each order holds and until when to ship it; its money is in the payments",
    telling=(telling("order_id", "order_item_id", "product_id", "seller_id", "price"),),
    samples=("olist_order_items.csv",),
    columns={
        "order_id": ("identity.interaction_key",),
        "item_key": ("interaction.key",),
        "seller_id": ("interaction.agent_id",),
        "shipping_limit_date": ("interaction.at",),
    },
    constants={"interaction.activity": "item to ship", "interaction.direction": "out"},
    settings=dict(OLIST),
    derived=("item_key",),
    derive=_item_key,
    notices=(
        Notice("orders_first"),
        Notice("money_elsewhere", {"column": "price", "where": "payments"}),
    ),
)

SHAPES = (
    ONLINE_RETAIL,
    OLIST_CUSTOMERS,
    OLIST_ORDERS,
    OLIST_PAYMENTS,
    OLIST_REVIEWS,
    OLIST_ITEMS,
)
