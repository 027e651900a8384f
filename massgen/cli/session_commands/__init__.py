"""`massgen sessions …`: what can be done with sessions without going on with one. No model is asked, no team needed."""
