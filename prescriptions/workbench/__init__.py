"""The pharmacists' pages: the review queue and the case. Each is registered by the module that `pages` imports."""
