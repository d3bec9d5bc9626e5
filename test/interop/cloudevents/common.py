from datetime import datetime


def plain(attributes):
    """Attributes as JSON has them."""
    return {
        k: v.isoformat() if isinstance(v, datetime) else v.decode() if isinstance(v, bytes) else v
        for k, v in attributes.items()
    }
