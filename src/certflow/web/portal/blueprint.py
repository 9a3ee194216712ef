"""The blueprint that the portal's pages hang on."""

from flask import Blueprint

blueprint = Blueprint("portal", __name__)
APPLICANT = "applicant"
