"""django-oscar beside the pharmacy: the same machine, server and number of products."""
