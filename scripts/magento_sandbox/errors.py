"""Errors with the body that Magento's REST gives them.

Apart, because everything that answers raises it: ``{"message": "… %1 …", "parameters": […]}``, where the message
keeps its placeholders and the parameters are a list, or an object for named ones.
"""

from __future__ import annotations


class ApiError(Exception):
    """An answer other than 200.

    :param status: HTTP status
    :param message: Magento's raw message, with ``%1`` or ``%name`` for the parameters
    :param parameters: list for numbered placeholders, dict for named ones, None for none
    """

    def __init__(self, status, message, parameters=None):
        super().__init__(message)
        self.status = status
        self.message = message
        self.parameters = parameters

    def body(self):
        """Return the JSON body."""
        body = {"message": self.message}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def no_such_entity():
    """Return the 404 of an id that does not exist."""
    return ApiError(404, "The entity that was requested doesn't exist. Verify the entity and try again.")


def no_such_product():
    """Return the 404 of a SKU that does not exist."""
    return ApiError(404, "The product that was requested doesn't exist. Verify the product and try again.")


def no_such_route():
    """Return the 404 of an unknown path; so B2B paths answer on an Open Source shop."""
    return ApiError(404, "Request does not match any route.")


def missing_field(name):
    """Return the 400 of a required parameter that is not there."""
    return ApiError(400, '"%fieldName" is required. Enter and try again.', {"fieldName": name})


def not_allowed(resource):
    """Return the 401 of a caller without (or with the wrong) rights."""
    return ApiError(401, "The consumer isn't authorized to access %resources.", {"resources": resource})


def internal_error(report):
    """Return the masked 500 behind which Magento hides an unexpected failure."""
    return ApiError(500, f"Internal Error. Details are available in Magento log file. Report ID: webapi-{report}")
