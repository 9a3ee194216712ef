"""The administrators' pages and what they share."""

from flask import Blueprint

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

ADMINISTRATORS = ("process_admin", "system_admin")
