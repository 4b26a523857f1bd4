/*
 * Tells the server, once for each alert, that this page shows it; again after a while when
 * the server could not be told.
 */
import { api } from './api.js';
import { isClosed } from './alerts.js';

const RETRY_MS = 5000;

export class Delivered {
  constructor() {
    this.told = {};
  }

  tell(alert) {
    if (isClosed(alert) || this.told[alert.id])
      return;
    this.told[alert.id] = true;
    api.delivered(alert.id).catch((error) => {
      if (error.status === 0 || error.status >= 500)
        setTimeout(() => {
          this.told[alert.id] = false;
          this.tell(alert);
        }, RETRY_MS);
    });
  }

  tellAll(alerts) {
    alerts.forEach((alert) => this.tell(alert));
  }
}
