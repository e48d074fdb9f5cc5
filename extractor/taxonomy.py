"""The closed lists of the schema: labels, deal types, roles, modalities.

Everything that names a type, a role or a modality takes it from here. To add a
deal type, add one `DealType` to `DEAL_TYPES`.
"""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("fr", "en", "de", "es", "it", "pt", "nl")

MENTION_LABELS = ("FIRM", "ORG", "PERSON", "PLACE", "DATE", "MONEY")
PARTY_LABELS = ("FIRM", "ORG")
SPEAKER_LABELS = ("FIRM", "ORG", "PERSON")

BLOCK_KINDS = ("title", "heading", "body", "teaser", "boilerplate")

MODALITIES = (
    "asserted",
    "committed",
    "planned",
    "considered",
    "estimated",
    "hypothetical",
    "denied",
)
ATTRIBUTIONS = ("author", "party", "third", "media", "vague", "anonymous")
ROLES = ("payer", "recipient", "target", "arranger", "guarantor", "subject")
PER_UNITS = ("year", "quarter", "month", "week", "day", "hour", "share", "unit", "head")


@dataclass(frozen=True, slots=True)
class DealType:
    """One deal type or figure.

    Attributes:
        name: Dotted name, `family.kind`.
        roles: The roles its claims may fill.
        description: What the money is, in English; also the text from which
            the type head of the network is initialised.
    """

    name: str
    roles: tuple[str, ...]
    description: str

    @property
    def family(self) -> str:
        """The part before the dot."""
        return self.name.partition(".")[0]


_DEBT = ("payer", "recipient", "target", "arranger", "guarantor")
_DEAL = ("payer", "recipient", "target", "arranger", "guarantor")
_CONTRACT = ("payer", "recipient", "target", "arranger", "guarantor")
_SPEND = ("payer", "recipient", "target", "arranger", "guarantor", "subject")
_FIGURE = ("subject",)

DEAL_TYPES: tuple[DealType, ...] = (
    DealType("debt.bond", _DEBT, "money raised by a bond issue or notes sold to the market"),
    DealType("debt.loan", _DEBT, "a loan or credit line lent by banks or a syndicate"),
    DealType("debt.private_credit", _DEBT, "private credit lent by funds, insurers or non-banks"),
    DealType("debt.other", _DEBT, "new debt or borrowing with the instrument unsaid"),
    DealType("equity.round", _DEAL, "a funding round or capital increase of a private company"),
    DealType("equity.stake", _DEAL, "an investment in a minority stake or shareholding"),
    DealType("equity.public_offering", _DEAL, "an initial public offering or rights issue"),
    DealType("equity.payout", _DEAL, "a dividend or share buyback paid to shareholders"),
    DealType("ma.acquisition", _DEAL, "the acquisition, sale or takeover of a company or unit"),
    DealType("ma.merger", _DEAL, "a merger of companies or a joint venture"),
    DealType("contract.supply", _CONTRACT, "an order or contract for goods, services or a licence"),
    DealType("contract.compute", _CONTRACT, "a contract for cloud or data centre computing"),
    DealType("contract.lease", _CONTRACT, "a lease or rent commitment"),
    DealType("contract.guarantee", _CONTRACT, "a guarantee, backstop, insurance or hedge"),
    DealType("spending.capex", _SPEND, "capital expenditure on plants, sites or equipment"),
    DealType("spending.other", _SPEND, "costs, wages, research, restructuring or a donation"),
    DealType("public.funding", _SPEND, "public money, a subsidy, a state budget or a tax"),
    DealType("public.penalty", _SPEND, "a fine, damages, a court settlement, theft or fraud"),
    DealType("figure.revenue", _FIGURE, "sales, revenue or turnover of a company"),
    DealType("figure.profit", _FIGURE, "profit, earnings or loss of a company"),
    DealType("figure.balance", _FIGURE, "cash, net debt, equity, order backlog or assets"),
    DealType("figure.valuation", _FIGURE, "market capitalisation or valuation of a company"),
    DealType("figure.price", _FIGURE, "a price per unit, share, barrel or a wage per head"),
    DealType("figure.aggregate", _FIGURE, "a total of a market, an economy, trade or a sector"),
    DealType("none", (), "an amount of money that claims nothing, an advertisement or an example"),
)
TYPE_NAMES = tuple(t.name for t in DEAL_TYPES)
TYPES = {t.name: t for t in DEAL_TYPES}
