"""The ways to speak with a shop, on one screen: what each is called, how one proves oneself, and what it cannot do.

For whoever offers the choice and hides what is not there, before any connection is made. The modules that speak are
loaded when a shop is opened: SOAP's are large, and few need them.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field

from .effects import EFFECTS
from .openmage_effects import LACKS_EFFECTS, OPENMAGE_EFFECTS
from .openmage_streams import LACKING_SOAP, LACKS
from .soap_routes import has_route
from .streams import CORE, STREAMS


@dataclass(frozen=True, slots=True)
class Protocol:
    """One way to speak with a shop.

    :ivar title: for people
    :ivar place: module and class of the shop
    :ivar access: kinds of :class:`~.auth.Authenticator` it takes, the usual one first
    :ivar effects: kinds of effects that can be done this way
    :ivar lacks: stream -> why it cannot be read this way, in words
    :ivar lacks_effects: kind of effect -> why it cannot be done this way, in words
    :ivar magento_1: whether it speaks with a Magento 1 shop
    """

    name: str
    title: str
    place: tuple[str, str]
    access: tuple[str, ...]
    effects: frozenset
    lacks: dict = field(default_factory=dict)
    magento_1: bool = False
    lacks_effects: dict = field(default_factory=dict)

    def can(self, kind, features=(CORE,)):
        """Return whether a kind of effect can be done this way.

        :param str kind: key of :data:`~.effects.EFFECTS`
        :param features: what the shop was found to have; of a shop not yet looked at the core
        """
        return kind in self.effects and EFFECTS[kind].feature in (CORE, *features)

    def supports(self, stream, features=(CORE,)):
        """Return whether a stream can be read this way.

        :param str stream: name
        :param features: what the shop was found to have; of a shop not yet looked at the core
        """
        return stream not in self.lacks and (STREAMS[stream].feature == CORE or STREAMS[stream].feature in features)

    def open(self, transport, base_url, auth, **options):
        """Return the shop, ready to speak with.

        :param Transport transport: sends requests
        :param str base_url: of the shop
        :param Authenticator auth: of a kind in ``access``
        :param options: of the shop's class
        :rtype: Shop
        """
        module, name = self.place
        return getattr(importlib.import_module(f".{module}", __package__), name)(transport, base_url, auth, **options)


_SOAP_EFFECTS = frozenset(name for name, kind in EFFECTS.items() if has_route(*kind.routes[0]))

PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            "rest",
            "REST (Magento 2)",
            ("rest", "RestShop"),
            ("oauth1", "bearer", "admin", "server_to_server"),
            frozenset(EFFECTS),
        ),
        Protocol(
            "soap",
            "SOAP (Magento 2)",
            ("soap", "SoapShop"),
            ("oauth1", "bearer", "admin"),
            _SOAP_EFFECTS,
            lacks_effects={
                "order_number": "Over SOAP, Magento 2 takes an order only whole, so that its number here cannot be set "
                "alone. Connect by REST for this.",
            },
        ),
        Protocol(
            "xmlrpc",
            "XML-RPC (Magento 1, OpenMage)",
            ("xmlrpc", "XmlRpcShop"),
            ("api_user",),
            frozenset(OPENMAGE_EFFECTS),
            LACKS,
            magento_1=True,
            lacks_effects=LACKS_EFFECTS,
        ),
        Protocol(
            "openmage_soap",
            "SOAP v2 (Magento 1, OpenMage)",
            ("openmage_soap", "OpenMageSoapShop"),
            ("api_user",),
            frozenset(OPENMAGE_EFFECTS),
            LACKING_SOAP,
            magento_1=True,
            lacks_effects=LACKS_EFFECTS,
        ),
    )
}
