"""Share of wallet from satisfaction: what customers spend with us among the brands they use."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from entregent.engine.arrays import side_by_side
from entregent.engine.errors import BrokenContract, NoRatings, NotFinite
from entregent.engine.estimates import Estimate, mean_of
from entregent.engine.value.cautions import Caution
from entregent.engine.value.errors import OutOfRange

Floats = NDArray[np.float64]
# Published bounds of use: share of respondents with several brands, and brands used on average.
SEVERAL_BRANDS, MEAN_BRANDS = 0.40, 1.4


@dataclass(frozen=True, slots=True)
class BrandShare:
    """One brand: users, its share of its users' wallets and of everybody's, both 0 to 1."""

    brand: str
    users: int
    among_users: Estimate
    among_all: Estimate


@dataclass(frozen=True, slots=True)
class WalletShares:
    """Every brand's share, and what to know before using it.

    using_several: share of respondents, 0 to 1, with at least two brands.
    mean_brands: brands used per respondent.
    """

    brands: tuple[BrandShare, ...]
    respondents: int
    using_several: float
    mean_brands: float
    cautions: tuple[Caution, ...]


def wallet_allocation_share(satisfaction: ArrayLike) -> Floats:
    """Share of wallet of each brand by the rank of satisfaction: (1 - rank / (n + 1)) * 2 / n.

    satisfaction: shape (brands,) or (respondents, brands), higher is better; NaN for a brand that
    the respondent does not use. Ties share their mean rank; n counts the brands used.
    Returns the same shape; each respondent's shares sum to 1, NaN for brands not used.
    Raises NoRatings when empty or when a respondent uses no brand, NotFinite on infinity.
    Source: Keiningham, Aksoy, Williams and Buoye 2015, The Wallet Allocation Rule, appendix A.

    >>> wallet_allocation_share([9, 7, 4]).round(4).tolist()
    [0.5, 0.3333, 0.1667]
    """
    rated = np.asarray(satisfaction, dtype=np.float64)
    if rated.size == 0:
        raise NoRatings("ratings of satisfaction")
    if rated.ndim > 2:
        raise BrokenContract(f"satisfaction has {rated.ndim} dimensions; 1 or 2 are needed")
    if np.isinf(rated).any():
        raise NotFinite("a rating of satisfaction is infinite")
    used = ~np.isnan(rated)
    brands = used.sum(axis=-1, keepdims=True)
    if (brands == 0).any():
        raise NoRatings(f"brands in use for {int((brands == 0).sum())} respondents")
    # Brands not used come last, so that they move no other rank.
    rank = rankdata(np.where(used, -rated, np.inf), axis=-1)
    return np.where(used, (1 - rank / (brands + 1)) * 2 / brands, np.nan)


def wallet_shares(satisfaction: ArrayLike, brands: Sequence[str]) -> WalletShares:
    """Mean share of wallet of each brand, over its users and over everybody.

    satisfaction: shape (respondents, brands), as wallet_allocation_share takes it.
    Cautions: `one_brand_each` where fewer than 40 % use several brands or fewer than 1.4 brands
    are used on average: the published bounds within which ranks tell spending.
    Raises as wallet_allocation_share, BrokenContract unless there is one name per column.

    >>> found = wallet_shares([[9, 7], [8, 9]], ["ours", "theirs"])
    >>> round(found.brands[0].among_users.value, 3)
    0.5
    """
    rated = np.asarray(satisfaction, dtype=np.float64)
    if rated.ndim != 2 or rated.shape[1] != len(brands):
        raise BrokenContract(f"satisfaction of shape {rated.shape} for {len(brands)} brands")
    shares = wallet_allocation_share(rated)
    used = ~np.isnan(shares)
    several, mean_brands = float((used.sum(axis=1) > 1).mean()), float(used.sum(axis=1).mean())
    found = []
    for place, brand in enumerate(brands):
        users = used[:, place]
        if not users.any():
            raise NoRatings(f"ratings of {brand}")
        found.append(
            BrandShare(
                brand,
                int(users.sum()),
                _mean_share(shares[users, place]),
                _mean_share(np.where(users, shares[:, place], 0.0)),
            )
        )
    cautions: tuple[Caution, ...] = ()
    if several < SEVERAL_BRANDS or mean_brands < MEAN_BRANDS:
        cautions = (
            Caution(
                "one_brand_each",
                f"{several:.0%} of respondents use several brands, {mean_brands:.1f} on average; "
                "ranks tell spending where at least 40 % do and 1.4 are used",
            ),
        )
    return WalletShares(tuple(found), len(rated), several, mean_brands, cautions)


def remaining_potential(wallet: ArrayLike, revenue: ArrayLike) -> Floats:
    """What a customer spends elsewhere and could be won: wallet less revenue (*reste à gagner*).

    wallet: what each customer spends in the category; revenue: what of it comes to the firm; both
    shape (customers,), zero or more, one currency and period.
    Raises NoRatings when empty, LengthsDiffer, NotFinite, OutOfRange where a wallet is smaller
    than the revenue drawn from it: then the wallet is underestimated.

    >>> remaining_potential([100.0, 40.0], [30.0, 40.0])
    array([70.,  0.])
    """
    whole = np.asarray(wallet, dtype=np.float64).reshape(-1)
    ours = np.asarray(revenue, dtype=np.float64).reshape(-1)
    side_by_side(wallet=whole, revenue=ours)
    if whole.size == 0:
        raise NoRatings("wallets")
    if not (np.isfinite(whole).all() and np.isfinite(ours).all()):
        raise NotFinite("NaN or infinity stands among wallets and revenues")
    if (ours < 0).any():
        raise OutOfRange(f"{int((ours < 0).sum())} customers have negative revenue")
    if (ours > whole).any():
        raise OutOfRange(
            f"{int((ours > whole).sum())} customers bring more than their wallet holds"
        )
    return whole - ours


def _mean_share(shares: Floats) -> Estimate:
    """Student's interval, cut where a share ends."""
    mean = mean_of(shares)
    if mean.low is None or mean.high is None:
        return mean
    return replace(mean, low=max(mean.low, 0.0), high=min(mean.high, 1.0))
