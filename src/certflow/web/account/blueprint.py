"""The blueprint that sign-up, recovery and one's own account hang on."""

from flask import Blueprint

blueprint = Blueprint("account", __name__)
